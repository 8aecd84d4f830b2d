import type { RateLimitOptions } from '../strategies/rate-limit/rate-limit.options.js';
import { declareStrategy } from './policy-arguments.js';
import type { PolicyName } from './policy-arguments.js';
import type { ResilientMethodDecorator } from './resilient-method.js';

/**
 * Lets only so many attempts begin in an interval (GCRA), so that an upstream's quota is kept. A call beyond it waits up to
 * `maxWait` for its turn, first come first served, or is refused at once with `RateLimitExceededException`, which knows
 * when to come back (`retryAfter`).
 *
 * @example
 * ```ts
 * class GeocodingService {
 *   @RateLimit({ limit: 50, interval: '1s', burst: 10, maxWait: '2s' })
 *   async locate(address: string): Promise<string> { return address; }
 * }
 * ```
 * @public
 */
export function RateLimit(options?: RateLimitOptions): ResilientMethodDecorator;
/** With the name of a policy, and options that win over it. @public */
export function RateLimit(policy: PolicyName, overrides?: RateLimitOptions): ResilientMethodDecorator;
export function RateLimit(...args: [unknown?, unknown?]): ResilientMethodDecorator {
  return declareStrategy('@RateLimit', 'rateLimit', args);
}
