import type { Duration } from '../../policy/duration.js';
import { parsed } from '../../policy/rule.js';
import type { InputOf, ResolvedOf, Rule } from '../../policy/rule.js';
import { duration, either, wholeNumber } from '../../policy/rules.js';
import { stateRules } from '../keyed-state.js';

/** A share of the calls by their latency: `'p95'` is what 95 % of the calls do not take longer than. @public */
export type Percentile = `p${number}`;

/** A percentile in its final form. */
export interface LatencyShare {
  /** Above 0, below 1. */
  readonly share: number;
}

const percentile: Rule<Percentile, LatencyShare | undefined> = parsed<Percentile, LatencyShare | undefined>(
  "a percentile such as 'p95'",
  undefined,
  (value) => {
    const [, digits] = (typeof value === 'string' && /^p(\d{1,2}(?:\.\d+)?)$/.exec(value)) || [];
    return Number(digits) > 0 ? { share: Number(digits) / 100 } : undefined;
  },
);

export const hedgeRules = {
  /**
   * Time that an attempt may take before another one is started beside it: a duration, or `'p95'` of the latencies
   * observed. No default: it must be given.
   */
  delay: either<Duration, number | undefined, Percentile, LatencyShare | undefined>(duration({}), percentile),
  /** Attempts started beside the first one, at most. Default 1. */
  maxHedges: wholeNumber({ fallback: 1, min: 1 }),
  ...stateRules,
};

/** Options of `@Hedge()` and of `hedge` in a policy. @public */
export interface HedgeOptions extends InputOf<typeof hedgeRules> {}

/** Hedge options with all layers merged; durations are milliseconds. */
export type ResolvedHedge = ResolvedOf<typeof hedgeRules>;
