import type {
  CallOutcome,
  CircuitTransitionCause,
  RetrySuppressedReason,
} from '../events/resilience-event.js';
import type { FaultKind } from '../strategies/chaos/fault.js';
import type { CircuitState } from '../strategies/circuit-breaker/circuit-state.js';
import type { RejectingStrategy } from '../strategies/guard.js';

/** The name of everything beyond `telemetry.maxNames`, and of error types beyond the first eight of a family. */
export const OTHER = '_OTHER';

/**
 * The reason why an attempt was made: it is the first of its call, the retry of one that failed, beside one that takes long, or
 * at the next endpoint because the one before could not be reached. @public
 */
export type AttemptKind = 'first' | 'retry' | 'hedge' | 'failover';

/**
 * The end of an attempt: `timeout` if a time limit of the library ended it, `aborted` if its caller left, the application closed
 * or another attempt was faster. @public
 */
export type AttemptOutcome = 'success' | 'failure' | 'timeout' | 'aborted';

/** The result of asking a cache; the call counts once, by what answered it. @public */
export type CacheResult = 'hit' | 'stale' | 'miss' | 'coalesced';

/** A histogram of durations, in seconds. @public */
export interface HistogramFigures {
  /** The upper bounds of the buckets in seconds, inclusive: those of `http.client.request.duration`. */
  bounds: number[];
  /** Values per bucket, not cumulative; the last one, beyond `bounds`, holds everything that took longer. */
  counts: number[];
  /** Sum of all values, in seconds. */
  sum: number;
}

/** The figures of one family since the application started, as plain JSON. No counter ever falls back. @public */
export interface FamilyFigures {
  /**
   * The policy if all strategies of a method share one, else `Class.method`; the name given to `execute`; the HTTP client; the name
   * of a circuit, a bulkhead or a budget. `_OTHER` beyond `telemetry.maxNames`.
   */
  name: string;
  /** Name of the policy, where one is used. */
  policy?: string;
  /** Calls that have ended, by what their callers got. */
  calls: Record<CallOutcome, number>;
  /** Of these, the calls that made at least one retry. */
  retriedCalls: { success: number; failure: number };
  /** Attempts that have ended, by the reason why they were made. */
  attempts: Record<AttemptKind, number>;
  /** The same attempts, by their end. */
  attemptOutcomes: Record<AttemptOutcome, number>;
  /** Retries that were not made although they would have been otherwise, by the reason. */
  suppressed: Record<RetrySuppressedReason, number>;
  /** Refusals of the strategies in front of the attempts of these calls. */
  rejections: Record<RejectingStrategy, number>;
  /** Time limits that ended an attempt or a whole call. */
  timeouts: { attempt: number; total: number };
  /** The circuits of this name that exist now, by their state. */
  circuits: { closed: number; open: number; halfOpen: number; forcedOpen: number; disabled: number };
  /** Transitions of the circuits of this name. */
  transitions: { to: CircuitState; cause: CircuitTransitionCause; count: number }[];
  /** Calls under way. */
  inFlight: number;
  /** The bulkheads of this name, all keys together. */
  bulkhead?: { running: number; queued: number; limit: number };
  /** The retry budget of this name: retries in its window, and how many there may be. */
  budget?: { used: number; limit: number };
  /** Calls of a family with a cache or with coalescing, by what answered them. */
  cache?: Record<CacheResult, number>;
  /**
   * Failed calls by the type of their error: the code of this library's exception, else the HTTP status (that of an
   * `UpstreamHttpException` too), `error.code`, the class. At most eight types, then `_OTHER`.
   */
  errors: Record<string, number>;
  /** Durations of calls, waits included; only where durations are kept. */
  duration?: HistogramFigures;
  /** The waits before retries; only where durations are kept. */
  retryDelay?: HistogramFigures;
}

/** The place of an upstream that stands in the options. @public */
export interface ServerAddress {
  /** The host, for `server.address`. */
  readonly address: string;
  /** The port, for `server.port`. */
  readonly port: number;
}

/** A histogram of one kind of values. @public */
export type LabelledHistogram<L> = L & Readonly<HistogramFigures>;

/**
 * The figures of one family in the detail that exporters need; {@link FamilyFigures} is its sums. Combinations that were never seen
 * are left out, but for the states of circuits, which are all there where there is a circuit. @public
 */
export interface FamilyDetail {
  /** As in {@link FamilyFigures}. */
  readonly name: string;
  /** Name of the policy, where one is used. */
  readonly policy?: string;
  /** Calls that have ended; `errorType` for failures only. */
  readonly calls: readonly {
    readonly outcome: CallOutcome;
    readonly retried: boolean;
    readonly errorType?: string;
    readonly count: number;
  }[];
  /** Attempts that have ended. */
  readonly attempts: readonly {
    readonly kind: AttemptKind;
    readonly outcome: AttemptOutcome;
    readonly count: number;
  }[];
  /** Retries that were not made. */
  readonly suppressions: readonly { readonly reason: RetrySuppressedReason; readonly count: number }[];
  /** Faults that were injected into attempts by `nestjs-breakwater/chaos`. */
  readonly injections: readonly { readonly kind: FaultKind; readonly count: number }[];
  /** Refusals; `server` if the upstream stands in the options. */
  readonly rejections: readonly {
    readonly strategy: RejectingStrategy;
    readonly server?: ServerAddress;
    readonly count: number;
  }[];
  /** Time limits that ended an attempt or a whole call. */
  readonly timeouts: readonly { readonly scope: 'attempt' | 'total'; readonly count: number }[];
  /** The circuits that exist now; `server` if the upstream stands in the options. */
  readonly circuits: readonly {
    readonly state: CircuitState;
    readonly server?: ServerAddress;
    readonly count: number;
  }[];
  /** Transitions of the circuits of this name. */
  readonly transitions: readonly {
    readonly to: CircuitState;
    readonly cause: CircuitTransitionCause;
    readonly count: number;
  }[];
  /** Calls under way. */
  readonly inFlight: number;
  /** The bulkheads of this name, all keys together. */
  readonly bulkhead?: { readonly running: number; readonly queued: number; readonly limit: number };
  /** The retry budget of this name. */
  readonly budget?: { readonly used: number; readonly limit: number };
  /** Calls of a family with a cache or with coalescing, by what answered them. */
  readonly cache?: Readonly<Record<CacheResult, number>>;
  /** Durations of calls, waits included. */
  readonly durations: readonly LabelledHistogram<{ readonly outcome: CallOutcome }>[];
  /** The waits before retries. */
  readonly retryDelays: readonly LabelledHistogram<{ readonly source: 'backoff' | 'retry-after' }>[];
}
