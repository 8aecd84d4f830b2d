import { callback, duration, either, finiteNumber, share, wholeNumber } from '../../policy/rules.js';
import { isOptionsObject, checkLayer } from '../../policy/layers.js';
import { ownValue } from '../../policy/own-property.js';
import type { Problems } from '../../policy/problems.js';
import { stateRules } from '../keyed-state.js';
import type { InputOf, ResolvedOf, Rule } from '../../policy/rule.js';

/** The way in which an error counts: against the upstream, for it, or not at all. @public */
export type RecordAs = 'failure' | 'success' | 'ignore';

/** A sliding window over the last calls. @public */
export interface CallsWindow {
  /** Number of latest calls that the window holds. */
  readonly calls: number;
}

const countWindowRules = { calls: wholeNumber({ fallback: 100, min: 1, max: 100_000 }) };

/** `{ calls: 100 }`: the last 100 calls. */
const countWindow: Rule<CallsWindow, CallsWindow> = {
  expected: 'an object such as { calls: 100 }',
  fallback: { calls: 100 },
  check(value: unknown, path: string, problems: Problems) {
    if (isOptionsObject(value)) {
      const calls = ownValue(checkLayer(countWindowRules, value, path, problems), 'calls');
      return calls === undefined ? undefined : { calls };
    }
    problems.add(path, countWindow.expected, value);
    return undefined;
  },
};

export const circuitBreakerRules = {
  /** Opens after this many failures in a row. Default 5; none once a rate is configured. */
  failureThreshold: wholeNumber({ min: 1 }),
  /** Opens when the share of failed calls in the window is at least this. Default: not judged. */
  failureRate: share({}),
  /** Opens when the share of slow calls in the window is at least this; needs `slowCallDuration`. */
  slowCallRate: share({}),
  /** From this duration on a call is slow. */
  slowCallDuration: duration({ positive: true }),
  /** Window of the rates: a time (in ten steps), or `{ calls: 100 }`. Default 10 s. */
  window: either(duration({ fallback: '10s', positive: true }), countWindow),
  /** No rate is judged below this many calls in the window. Default 10. */
  minimumCalls: wholeNumber({ min: 1 }),
  /** Time for which the circuit stays open. Default 30 s. */
  recoveryTimeout: duration({ fallback: '30s', positive: true }),
  /** Lengthens the recovery timeout on each re-opening in a row. Default 1. */
  recoveryMultiplier: finiteNumber({ fallback: 1, min: 1 }),
  /** Longest recovery timeout, grown or asked for by the upstream's Retry-After. Default 5 min. */
  maxRecoveryTimeout: duration({ fallback: '5m', positive: true }),
  /** Trial calls let through at the same time in half-open. Default 1. */
  halfOpenMaxCalls: wholeNumber({ fallback: 1, min: 1 }),
  /** Successful trials needed to close. Default 1. */
  successThreshold: wholeNumber({ fallback: 1, min: 1 }),
  /** A trial that has not settled by then counts as failed. Default: the recovery timeout. */
  halfOpenTimeout: duration({ positive: true }),
  /**
   * Decides the way in which an error counts. Default: as the failure rules say (`explainFailure`): what the upstream has
   * answered to this request is a success, a throttled or lost request is ignored.
   */
  recordAs: callback<(error: unknown) => RecordAs>(),
  ...stateRules,
};

/** Options of `@CircuitBreaker()` and of `circuitBreaker` in a policy. @public */
export interface CircuitBreakerOptions extends InputOf<typeof circuitBreakerRules> {}

/** Circuit options with all layers merged; durations are milliseconds. */
export type ResolvedCircuitBreaker = ResolvedOf<typeof circuitBreakerRules>;

/** Reports options that contradict each other. */
export function checkCircuitBreaker(options: ResolvedCircuitBreaker, path: string, problems: Problems): void {
  if (options.slowCallRate !== undefined && options.slowCallDuration === undefined) {
    problems.add(`${path}.slowCallDuration`, 'a duration, because slowCallRate is set', undefined);
  }
  const { window, minimumCalls } = options;
  if (typeof window === 'object' && minimumCalls !== undefined && minimumCalls > window.calls) {
    problems.add(`${path}.minimumCalls`, `at most window.calls (${window.calls})`, minimumCalls);
  }
}
