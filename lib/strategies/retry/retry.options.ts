import type { Duration } from '../../policy/duration.js';
import { errorMatcher } from '../../policy/error-matcher.js';
import type { InputOf, ResolvedOf } from '../../policy/rule.js';
import {
  callback,
  countOrInfinity,
  duration,
  either,
  finiteNumber,
  flag,
  group,
  oneOf,
  text,
} from '../../policy/rules.js';
import type { RetryScheduledEvent } from '../../events/resilience-event.js';

/** What a `backoff` function is told. @public */
export interface BackoffContext {
  /** 1 for the first retry. */
  readonly retry: number;
  /** The error of the failed attempt, if it failed with one. */
  readonly error?: unknown;
  /** The result that `retryOnResult` did not accept, if there is one. */
  readonly result?: unknown;
  /** The wait before the failed attempt in milliseconds; undefined before the first retry. */
  readonly previousDelay?: number | undefined;
}

/** Computes the wait before a retry. @public */
export type BackoffFunction = (context: BackoffContext) => Duration;

export const budgetRules = {
  /** Share of the calls that may be retried, 0 to 1. Default 0.2 (Finagle's and Envoy's share). */
  ratio: finiteNumber({ fallback: 0.2, min: 0, max: 1 }),
  /** Retries per second that are always allowed, so that a quiet service can retry at all. Default 10. */
  minPerSecond: finiteNumber({ fallback: 10, min: 0 }),
  /** Time over which calls and retries are counted. Default 10 s. */
  window: duration({ fallback: '10s', positive: true }),
};

/** How many retries are allowed: `retry.budget` in a policy. @public */
export interface RetryBudgetOptions extends InputOf<typeof budgetRules> {}

export const retryRules = {
  /** Attempts after the first one: 2 means at most three attempts; `Infinity` sets no limit. Default 3. */
  maxRetries: countOrInfinity({ fallback: 3 }),
  /** How the wait grows: constant d = base, linear d = base · n, exponential d = base · multiplier^(n−1). Default `'exponential'`. */
  backoff: either(
    oneOf(['constant', 'linear', 'exponential'], { fallback: 'exponential' }),
    callback<BackoffFunction>(),
  ),
  /** The wait d before the first retry. Default 200 ms. */
  baseDelay: duration({ fallback: '200ms' }),
  /** Growth of an exponential backoff. Default 2. */
  multiplier: finiteNumber({ fallback: 2, min: 1 }),
  /** Cap of the wait before jitter. Default 30 s. */
  maxDelay: duration({ fallback: '30s' }),
  /**
   * How the wait is spread: `'none'` d, `'full'` U[0, d], `'equal'` d/2 + U[0, d/2], `'decorrelated'`
   * min(max, U[base, 3 · previous]), a ratio f: d · (1 ± f). Default `'full'`; none for a backoff function.
   */
  jitter: either(oneOf(['none', 'full', 'equal', 'decorrelated'], {}), finiteNumber({ min: 0, max: 1 })),
  /** No retry starts later than this after the call began. Default: no limit. */
  maxElapsed: duration({ positive: true }),
  /** Which errors are retried; replaces the default rule (transient and unknown failures). */
  retryOn: errorMatcher({ own: true }),
  /** Which errors are never retried; wins over `retryOn`. */
  abortOn: errorMatcher(),
  /** True for a result that is not good enough; when retries run out the last result is returned. */
  retryOnResult: callback<(result: never) => boolean>(),
  /** Obey a server that says when to come back (RFC 9110 §10.2.3). Default true. */
  respectRetryAfter: flag({ fallback: true }),
  /** The longest wait a server may ask for; if it asks for more the call fails at once. Default 60 s. */
  maxRetryAfter: duration({ fallback: '60s' }),
  /** Limits retries to a share of the calls, so that they cannot make an outage worse; false for no limit. */
  budget: group<typeof budgetRules, RetryBudgetOptions>(budgetRules),
  /** Subscribe again, or iterate again, also after a stream has yielded values; they may come twice. Default false. */
  resubscribeAfterValues: flag({ fallback: false }),
  /** Told of each retry before its wait; what it throws is logged and breaks nothing. */
  onRetry: callback<(event: RetryScheduledEvent) => unknown>(),
  /**
   * Awaited before each retry, after its wait and within the limits of the call: renew a token, choose another host. If it
   * rejects, the call fails with its last error. Not for hedges.
   */
  beforeRetry: callback<(event: RetryScheduledEvent) => unknown>(),
  /** Name of the shared budget. Default: the policy's name, else `Class.method`. */
  name: text(),
};

/** Options of `@Retryable()` and of `retry` in a policy. @public */
export interface RetryOptions extends InputOf<typeof retryRules> {}

/** Retry options with all layers merged; durations are milliseconds. */
export type ResolvedRetry = ResolvedOf<typeof retryRules>;
/** Budget options with all layers merged; the window is in milliseconds. */
export type ResolvedBudget = ResolvedOf<typeof budgetRules>;
