import type { InputOf, ResolvedOf } from '../../policy/rule.js';
import { duration, wholeNumber } from '../../policy/rules.js';
import { stateRules } from '../keyed-state.js';

export const rateLimitRules = {
  /** Attempts per `interval`. No default: it must be given. */
  limit: wholeNumber({ min: 1 }),
  /** The time in which `limit` attempts may begin. No default: it must be given. */
  interval: duration({ positive: true }),
  /** Attempts that may begin at once after a quiet time. Default: `limit`. */
  burst: wholeNumber({ min: 1 }),
  /** Time that a call may wait for its turn, first come first served. Default 0: beyond the limit a call is refused at once. */
  maxWait: duration({ fallback: 0 }),
  ...stateRules,
};

/** Options of `@RateLimit()` and of `rateLimit` in a policy. @public */
export interface RateLimitOptions extends InputOf<typeof rateLimitRules> {}

/** Rate limit options with all layers merged; durations are milliseconds. */
export type ResolvedRateLimit = ResolvedOf<typeof rateLimitRules>;
