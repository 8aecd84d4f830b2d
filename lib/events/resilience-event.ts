/** The members of every event. @public */
export interface EventBase {
  /** Name of the policy, where one is used. */
  readonly policy?: string;
  /**
   * Of an event of a call, its family: the policy's name, `Class.method`, the name given to `execute`, or the HTTP client's. Of an
   * event of a state, such as a circuit, the name of the state without its key.
   */
  readonly name: string;
  /** Key of the call or of the state, where there is one: a tenant, an origin. */
  readonly key?: string;
  /** Monotonic milliseconds of the application's clock. */
  readonly at: number;
  /** Epoch milliseconds of the application's clock. */
  readonly time: number;
}

/**
 * The end of a call, as its caller sees it: `rejected` by an open circuit, a full bulkhead or a rate limit, `aborted` by the
 * caller or the shutdown, `fallback` where a fallback has answered. @public
 */
export type CallOutcome = 'success' | 'failure' | 'rejected' | 'aborted' | 'fallback';

/** A call has ended; the last event of every call. @public */
export interface CallSettledEvent extends EventBase {
  /** Tells the events apart. */
  readonly type: 'call.settled';
  /** The way in which the call ended. */
  readonly outcome: CallOutcome;
  /** Attempts that were made, hedges included; 0 if the guards let no attempt through. */
  readonly attempts: number;
  /** Milliseconds from the call to its end; undefined if it began before the first listener came. */
  readonly duration?: number;
  /** The error that the caller gets, or that the fallback has answered for. */
  readonly error?: unknown;
  /** Set if the call made no run of its own: a kept answer, one kept too long, or the run of another call. */
  readonly cache?: 'hit' | 'stale' | 'coalesced';
}

/** A retry will run after a wait. @public */
export interface RetryScheduledEvent extends EventBase {
  /** Tells the events apart. */
  readonly type: 'retry.scheduled';
  /** The attempt that will run; 2 is the first retry. */
  readonly attempt: number;
  /** The wait before it, in milliseconds. */
  readonly delay: number;
  /** Where the delay comes from. */
  readonly reason: 'backoff' | 'retry-after';
  /** The error of the failed attempt; undefined when its result was not accepted. */
  readonly error?: unknown;
}

/** All attempts were made and none succeeded. @public */
export interface RetryExhaustedEvent extends EventBase {
  /** Tells the events apart. */
  readonly type: 'retry.exhausted';
  /** Attempts that were made. */
  readonly attempt: number;
  /** The error of the last attempt; undefined when its result was not accepted. */
  readonly error?: unknown;
}

/** The reason why a retry is not made that would otherwise have been made. @public */
export type RetrySuppressedReason =
  | 'budget'
  | 'deadline'
  | 'not-retryable'
  | 'retry-after-too-long'
  | 'not-replayable'
  | 'aborted'
  | 'before-retry'
  | 'shutdown';

/** A retry is not made that would otherwise have been made. @public */
export interface RetrySuppressedEvent extends EventBase {
  /** Tells the events apart. */
  readonly type: 'retry.suppressed';
  /** The attempt that failed. */
  readonly attempt: number;
  /** The reason. `not-retryable`: `abortOn` or the server's own order overruled the retry. A circuit that will still be open then refuses the call instead. */
  readonly reason: RetrySuppressedReason;
  /** The error of that attempt. */
  readonly error?: unknown;
}

/**
 * The reason for a transition: failures in a row, a share of failed or slow calls, the outcome of a trial, a hand, or the other
 * instances of the application. @public
 */
export type CircuitTransitionCause =
  'consecutive' | 'failure-rate' | 'slow-rate' | 'trial' | 'manual' | 'fleet';

/** The counts of a circuit at a transition. @public */
export interface CircuitTransitionCounts {
  /** Failures in a row. */
  readonly consecutiveFailures: number;
  /** Calls in the window; 0 where no rate is configured. */
  readonly calls: number;
  /** Failed calls in the window. */
  readonly failures: number;
  /** Slow calls in the window. */
  readonly slowCalls: number;
}

/** A circuit changed its state. @public */
export interface CircuitTransitionEvent extends EventBase {
  /** Tells the events apart. */
  readonly type: 'circuit.opened' | 'circuit.half-opened' | 'circuit.closed';
  /** The state that was left. */
  readonly from: string;
  /** The state that was entered. */
  readonly to: string;
  /** The reason for the transition. */
  readonly cause: CircuitTransitionCause;
  /** The counts that decided. */
  readonly counts: CircuitTransitionCounts;
  /** For an open circuit: milliseconds until a trial is let through. */
  readonly retryAfter?: number;
  /** The failure that was seen last. */
  readonly error?: unknown;
}

/** A circuit refused a call. @public */
export interface CircuitRejectedEvent extends EventBase {
  /** Tells the events apart. */
  readonly type: 'circuit.rejected';
  /** Milliseconds until a trial is let through, where known. */
  readonly retryAfter?: number;
}

/** An attempt or a whole call ran out of time. @public */
export interface TimeoutEvent extends EventBase {
  /** Tells the events apart. */
  readonly type: 'timeout';
  /** The limit: of the attempt, or of the whole call. */
  readonly scope: 'attempt' | 'total';
  /** The limit in milliseconds. */
  readonly timeout: number;
  /** Number of the attempt that was running. */
  readonly attempt: number;
}

/** A bulkhead refused a call: all places, and those to wait in, were taken. @public */
export interface BulkheadRejectedEvent extends EventBase {
  /** Tells the events apart. */
  readonly type: 'bulkhead.rejected';
}

/** A rate limit refused a call. @public */
export interface RateLimitRejectedEvent extends EventBase {
  /** Tells the events apart. */
  readonly type: 'rate-limit.rejected';
  /** Milliseconds until another call may be let through. */
  readonly retryAfter: number;
}

/** An attempt was started beside one that takes long or has failed, or such an attempt was the first to succeed. @public */
export interface HedgeEvent extends EventBase {
  /** Tells the events apart. */
  readonly type: 'hedge.started' | 'hedge.won';
  /** Number of the attempt. */
  readonly attempt: number;
}

/** A fallback answered in place of a call that failed. @public */
export interface FallbackUsedEvent extends EventBase {
  /** Tells the events apart. */
  readonly type: 'fallback.used';
  /** The error of the call. */
  readonly error: unknown;
}

/** A stale answer was given in place of a call that failed. @public */
export interface CacheStaleServedEvent extends EventBase {
  /** Tells the events apart. */
  readonly type: 'cache.stale-served';
  /** The error of the call. */
  readonly error: unknown;
  /** Age of the answer, in milliseconds. */
  readonly age: number;
}

/** The store of a cache has failed, has not answered in time, or has returned what was not stored: the call went on without it. @public */
export interface CacheStoreFailedEvent extends EventBase {
  /** Tells the events apart. */
  readonly type: 'cache.store-failed';
  /** Operation that the store was asked for. */
  readonly operation: 'get' | 'set' | 'delete';
  /** The error of the store, or ours of its silence. */
  readonly error: unknown;
}

/** The function of an HTTP client's `endpoints` has failed, or has given no list; the last list stays in use. @public */
export interface EndpointsRefreshFailedEvent extends EventBase {
  /** Tells the events apart. */
  readonly type: 'endpoints.refresh-failed';
  /** The error of the function, or of its list. */
  readonly error: unknown;
}

/** A fault was injected into an attempt on purpose, by `nestjs-breakwater/chaos`. @public */
export interface ChaosInjectedEvent extends EventBase {
  /** Tells the events apart. */
  readonly type: 'chaos.injected';
  /** The way in which the attempt is disturbed. */
  readonly kind: 'error' | 'latency' | 'result' | 'hang';
  /** Number of the attempt. */
  readonly attempt: number;
}

/** All events of `ResilienceEvents`, distinguished by `type`. @public */
export type ResilienceEvent =
  | RetryScheduledEvent
  | RetryExhaustedEvent
  | RetrySuppressedEvent
  | CircuitTransitionEvent
  | CircuitRejectedEvent
  | TimeoutEvent
  | BulkheadRejectedEvent
  | RateLimitRejectedEvent
  | HedgeEvent
  | FallbackUsedEvent
  | CacheStaleServedEvent
  | CacheStoreFailedEvent
  | EndpointsRefreshFailedEvent
  | ChaosInjectedEvent
  | CallSettledEvent;

/** The `type` of an event. @public */
export type ResilienceEventType = ResilienceEvent['type'];

/** The event of a given type. @public */
export type ResilienceEventOf<T extends ResilienceEventType> = {
  [Event in ResilienceEvent as Event['type']]: Event;
}[T];
