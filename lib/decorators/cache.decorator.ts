import type { CacheOptions } from '../strategies/cache/cache.options.js';
import { declareStrategy } from './policy-arguments.js';
import type { PolicyName } from './policy-arguments.js';
import type { ResilientMethodDecorator } from './resilient-method.js';

/**
 * Keeps what the method returns for a time, by its arguments, and answers later calls with it. With `staleIfError` an answer
 * that is too old stands in for a failure, with `staleWhileRevalidate` it is renewed behind. Values are handed out as they are, not
 * copied. Arguments that are objects need a `key` function.
 *
 * @throws ResilienceConfigurationError at start-up for a class made for each request, without a `key`
 *
 * @example
 * ```ts
 * class RatesService {
 *   @Cache({ ttl: '1m', staleIfError: '1h' })
 *   async rate(currency: string): Promise<number> { return currency.length; }
 * }
 * ```
 * @public
 */
export function Cache(options?: CacheOptions): ResilientMethodDecorator;
/** With the name of a policy, and options that win over it. @public */
export function Cache(policy: PolicyName, overrides?: CacheOptions): ResilientMethodDecorator;
export function Cache(...args: [unknown?, unknown?]): ResilientMethodDecorator {
  return declareStrategy('@Cache', 'cache', args);
}
