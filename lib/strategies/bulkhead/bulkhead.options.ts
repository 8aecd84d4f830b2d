import type { InputOf, ResolvedOf } from '../../policy/rule.js';
import { duration, either, finiteNumber, flag, group, share, wholeNumber } from '../../policy/rules.js';
import { stateRules } from '../keyed-state.js';

export const adaptiveRules = {
  /** The limit never falls below this. Default 1. */
  floor: wholeNumber({ fallback: 1, min: 1 }),
  /** The limit never rises above this. Default: `maxConcurrent`, else 200. */
  ceiling: wholeNumber({ min: 1 }),
  /** The limit before anything is known. Default 20, kept between floor and ceiling. */
  initial: wholeNumber({ fallback: 20, min: 1 }),
  /** Multiple of the long-term latency that a call may take before the limit falls. Default 1.5. */
  tolerance: finiteNumber({ fallback: 1.5, min: 1 }),
  /** Number of calls over which the long-term latency is averaged. Default 600. */
  window: wholeNumber({ fallback: 600, min: 10 }),
  /** Calls that may queue in the upstream: the limit grows by it while latencies hold. Default 4. */
  queue: finiteNumber({ fallback: 4, min: 0 }),
  /** Share of a new limit that takes effect at once. Default 0.2. */
  smoothing: share({ fallback: 0.2 }),
};

/** The rules by which a bulkhead finds its limit: `bulkhead.adaptive` in a policy. @public */
export interface AdaptiveOptions extends InputOf<typeof adaptiveRules> {}

export const bulkheadRules = {
  /** Attempts that run at the same time. No default: it must be given, unless `adaptive` finds it. */
  maxConcurrent: wholeNumber({ min: 1 }),
  /** Calls that may wait for a place, first come first served. Default 0: beyond the limit a call is refused at once. */
  maxQueue: wholeNumber({ fallback: 0, min: 0 }),
  /** The longest wait for a place. Default: as long as the call may take. */
  maxWait: duration({}),
  /** Finds the limit by itself from the latencies of the calls (Gradient2 of Netflix's concurrency-limits). Default false. */
  adaptive: either(flag({ fallback: false }), group<typeof adaptiveRules, AdaptiveOptions>(adaptiveRules)),
  ...stateRules,
};

/** Options of `@Bulkhead()` and of `bulkhead` in a policy. @public */
export interface BulkheadOptions extends InputOf<typeof bulkheadRules> {}

/** Bulkhead options with all layers merged; durations are milliseconds. */
export type ResolvedBulkhead = ResolvedOf<typeof bulkheadRules>;

/** Adaptive options with all layers merged. */
export type ResolvedAdaptive = ResolvedOf<typeof adaptiveRules>;
