import { Logger } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { isDebugOn } from './debug-level.js';
import { GuardedObservable } from './guarded-observable.js';
import type { ResilienceEvent, ResilienceEventOf, ResilienceEventType } from './resilience-event.js';

type Listener = (event: never) => unknown;

const ALL_TYPES = '*';

/**
 * The one sink of everything that happens. A listener that throws, rejects or never ends does not touch a
 * call; what it throws is logged. Without a listener an event is not even made.
 *
 * @example
 * ```ts
 * const stop = events.on('circuit.opened', ({ name }) => pager.notify(name));
 * ```
 * @public
 */
export class ResilienceEvents {
  private readonly logger = new Logger('Resilience');
  private readonly listeners = new Map<string, Set<Listener>>();
  /** @internal True if a listener wants to know the end of each call; asked on every success. */
  observesCalls = false;
  /** @internal Called when a listener comes that wants to know the end of each call. */
  onCallListener: (() => void) | undefined = undefined;

  /** Calls `listener` for each event of a type; returns the function that ends it. */
  on<T extends ResilienceEventType>(type: T, listener: (event: ResilienceEventOf<T>) => unknown): () => void {
    return this.add(type, listener);
  }

  /** All events; each subscription listens until it is unsubscribed. */
  asObservable(): Observable<ResilienceEvent> {
    const guard = (run: () => unknown) => this.guard('A subscriber to asObservable()', run);
    return new GuardedObservable(guard, (subscriber) =>
      this.add(ALL_TYPES, (event: ResilienceEvent) => subscriber.next(event)),
    );
  }

  /** @internal True if a listener of this type exists: the pipeline asks before it builds an event. */
  isObserved(type: ResilienceEventType): boolean {
    const { listeners } = this;
    return listeners.size > 0 && (listeners.has(type) || listeners.has(ALL_TYPES));
  }

  /** @internal Notifies the listeners; never throws. */
  emit(event: ResilienceEvent): void {
    for (const key of [event.type, ALL_TYPES]) {
      const listeners = this.listeners.get(key);
      // a copy: a listener may take others away, or add some, which hear of the next event
      for (const listener of listeners ? [...listeners] : []) {
        if (listeners?.has(listener)) this.notify(listener, event);
      }
    }
  }

  /** @internal Runs a user's hook; what it throws or rejects with is logged and goes no further. */
  guard(what: string, hook: () => unknown): void {
    try {
      const result = hook();
      if (result instanceof Promise) result.catch((error: unknown) => this.report(what, error));
    } catch (error) {
      this.report(what, error);
    }
  }

  /** @internal Logs what a user's hook threw; never throws, whatever that is. */
  report(what: string, error: unknown): void {
    try {
      const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.logger.error(`${what} failed: ${detail}`);
    } catch {
      // what cannot be told as text, or a logger that throws
    }
  }

  /** @internal Logs a line at level debug, which is made only if that level is on; never throws. */
  debug(line: () => string): void {
    try {
      if (isDebugOn()) this.logger.debug(line());
    } catch {
      // a logger that throws
    }
  }

  /** @internal Logs a warning; never throws. */
  warn(message: string): void {
    try {
      this.logger.warn(message);
    } catch {
      // a logger that throws
    }
  }

  private notify(listener: Listener, event: ResilienceEvent): void {
    this.guard(`A listener to '${event.type}'`, () => listener(event as never));
  }

  private add(key: string, listener: Listener): () => void {
    // a wrapper of its own, so that one function added twice is two listeners
    const entry: Listener = (event) => listener(event);
    const set = this.listeners.get(key) ?? new Set<Listener>();
    this.listeners.set(key, set.add(entry));
    this.observesCalls = this.isObserved('call.settled');
    if (this.observesCalls) this.onCallListener?.();
    return () => {
      set.delete(entry);
      if (set.size === 0 && this.listeners.get(key) === set) this.listeners.delete(key);
      this.observesCalls = this.isObserved('call.settled');
    };
  }
}
