import type { Clock } from '../clock/clock.js';
import type { ResilienceEvents } from './resilience-events.js';
import type { EventBase, ResilienceEventOf, ResilienceEventType } from './resilience-event.js';

/** Whose event it is. */
interface Source {
  readonly name: string;
  readonly policy?: string | undefined;
}

/** What an event of a type tells beyond what all events tell. */
type Details<T extends ResilienceEventType> = Omit<ResilienceEventOf<T>, 'type' | keyof EventBase>;

/** An event of this moment; `policy` is left out where there is none. */
export function eventOf<T extends ResilienceEventType>(
  type: T,
  { name, policy }: Source,
  clock: Clock,
  details: Details<T>,
): ResilienceEventOf<T> {
  const event = { type, name, ...(policy !== undefined && { policy }), at: clock.now(), ...details };
  return event as never;
}

/** Tells the listeners of something; without one no event is made. */
export function announce<T extends ResilienceEventType>(
  type: T,
  source: Source,
  { events, clock }: { readonly events: ResilienceEvents; readonly clock: Clock },
  details: Details<T>,
): void {
  if (events.isObserved(type)) events.emit(eventOf(type, source, clock, details));
}
