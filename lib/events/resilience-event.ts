/** What every event carries. */
export interface EventBase {
  /** Name of the policy, where one is used. */
  readonly policy?: string;
  /** `Class.method`, the policy's name or the HTTP client's, as set by `name`. */
  readonly name: string;
  /** Monotonic milliseconds of the application's clock. */
  readonly at: number;
}

/** A retry will run after a wait. */
export interface RetryScheduledEvent extends EventBase {
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

/** All attempts were made and none succeeded. */
export interface RetryExhaustedEvent extends EventBase {
  readonly type: 'retry.exhausted';
  /** How many attempts were made. */
  readonly attempt: number;
  readonly error?: unknown;
}

/** Why an attempt that failed is not repeated although attempts are left. */
export type RetrySuppressedReason =
  'budget' | 'deadline' | 'not-retryable' | 'retry-after-too-long' | 'not-replayable' | 'aborted';

/** A failed attempt is not repeated although attempts are left. */
export interface RetrySuppressedEvent extends EventBase {
  readonly type: 'retry.suppressed';
  /** The attempt that failed. */
  readonly attempt: number;
  readonly reason: RetrySuppressedReason;
  readonly error?: unknown;
}

/** A circuit changed its state. */
export interface CircuitTransitionEvent extends EventBase {
  readonly type: 'circuit.opened' | 'circuit.half-opened' | 'circuit.closed';
  readonly from: string;
  readonly to: string;
  /** For an open circuit: milliseconds until a trial is let through. */
  readonly retryAfter?: number;
  /** The failure that was seen last. */
  readonly error?: unknown;
}

/** A circuit refused a call. */
export interface CircuitRejectedEvent extends EventBase {
  readonly type: 'circuit.rejected';
  /** Milliseconds until a trial is let through, where known. */
  readonly retryAfter?: number;
}

/** An attempt or a whole call ran out of time. */
export interface TimeoutEvent extends EventBase {
  readonly type: 'timeout';
  readonly scope: 'attempt' | 'total';
  /** The limit in milliseconds. */
  readonly timeout: number;
  readonly attempt: number;
}

/** A bulkhead refused a call: all places, and those to wait in, were taken. */
export interface BulkheadRejectedEvent extends EventBase {
  readonly type: 'bulkhead.rejected';
}

/** A rate limit refused a call. */
export interface RateLimitRejectedEvent extends EventBase {
  readonly type: 'rate-limit.rejected';
  /** Milliseconds until another call may be let through. */
  readonly retryAfter: number;
}

/** An attempt was started beside one that takes long or has failed, or such an attempt was the first to succeed. */
export interface HedgeEvent extends EventBase {
  readonly type: 'hedge.started' | 'hedge.won';
  /** Number of the attempt. */
  readonly attempt: number;
}

/** A fallback answered in place of a call that failed. */
export interface FallbackUsedEvent extends EventBase {
  readonly type: 'fallback.used';
  /** What the call failed with. */
  readonly error: unknown;
}

/** Everything that `ResilienceEvents` tells, told apart by `type`. */
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

/** The `type` of an event. */
export type ResilienceEventType = ResilienceEvent['type'];

/** The event of a given type. */
export type ResilienceEventOf<T extends ResilienceEventType> = Extract<ResilienceEvent, { type: T }>;
