/** What every event carries. @public */
export interface EventBase {
  /** Name of the policy, where one is used. */
  readonly policy?: string;
  /** `Class.method`, the policy's name or the HTTP client's, as set by `name`. */
  readonly name: string;
  /** Monotonic milliseconds of the application's clock. */
  readonly at: number;
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
  /** How many attempts were made. */
  readonly attempt: number;
  /** The error of the last attempt; undefined when its result was not accepted. */
  readonly error?: unknown;
}

/** Why an attempt that failed is not repeated although attempts are left. @public */
export type RetrySuppressedReason =
  'budget' | 'deadline' | 'not-retryable' | 'retry-after-too-long' | 'not-replayable' | 'aborted';

/** A failed attempt is not repeated although attempts are left. @public */
export interface RetrySuppressedEvent extends EventBase {
  /** Tells the events apart. */
  readonly type: 'retry.suppressed';
  /** The attempt that failed. */
  readonly attempt: number;
  /** Why it is not repeated. */
  readonly reason: RetrySuppressedReason;
  /** The error of that attempt. */
  readonly error?: unknown;
}

/** A circuit changed its state. @public */
export interface CircuitTransitionEvent extends EventBase {
  /** Tells the events apart. */
  readonly type: 'circuit.opened' | 'circuit.half-opened' | 'circuit.closed';
  /** The state that was left. */
  readonly from: string;
  /** The state that was entered. */
  readonly to: string;
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
  /** Whose limit it was: the attempt’s or that of the whole call. */
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
  /** What the call failed with. */
  readonly error: unknown;
}

/** Everything that `ResilienceEvents` tells, told apart by `type`. @public */
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
  | FallbackUsedEvent;

/** The `type` of an event. @public */
export type ResilienceEventType = ResilienceEvent['type'];

/** The event of a given type. @public */
export type ResilienceEventOf<T extends ResilienceEventType> = Extract<ResilienceEvent, { type: T }>;
