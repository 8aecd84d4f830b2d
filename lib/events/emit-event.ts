import type { Clock } from '../clock/clock.js';
import type { ResilienceEvents } from './resilience-events.js';
import type { EventBase, ResilienceEventOf, ResilienceEventType } from './resilience-event.js';

/** The call or the state of an event. */
interface Source {
  readonly name: string;
  readonly policy?: string | undefined;
  readonly key?: string | undefined;
}

/** The members of an event of a type beside those of all events. */
type Details<T extends ResilienceEventType> = Omit<ResilienceEventOf<T>, 'type' | keyof EventBase>;

/** An event of this moment; `policy` is left out where there is none. */
export function eventOf<T extends ResilienceEventType>(
  type: T,
  { name, policy, key }: Source,
  clock: Clock,
  details: Details<T>,
): ResilienceEventOf<T> {
  const about = { ...(policy !== undefined && { policy }), ...(key !== undefined && { key }) };
  return { type, name, ...about, at: clock.now(), time: clock.wallNow(), ...details } as never;
}

/** Emits an event; without a listener it is not even made. */
export function emitEvent<T extends ResilienceEventType>(
  type: T,
  source: Source,
  { events, clock }: { readonly events: ResilienceEvents; readonly clock: Clock },
  details: Details<T>,
): void {
  if (events.isObserved(type)) events.emit(eventOf(type, source, clock, details));
}
