import type { CoalesceOptions } from '../strategies/coalesce/coalesce.options.js';
import { declareStrategy } from './policy-arguments.js';
import type { PolicyName } from './policy-arguments.js';
import type { ResilientMethodDecorator } from './resilient-method.js';

/**
 * Lets concurrent calls with the same arguments share one run (single flight); nothing is kept. The run ends with the last caller
 * that waits for it. `@Cache()` does the same for its misses.
 *
 * @throws ResilienceConfigurationError at start-up for a class made for each request, without a `key`
 *
 * @example
 * ```ts
 * class ReportsService {
 *   @Coalesce()
 *   async monthly(month: string): Promise<string[]> { return [month]; }
 * }
 * ```
 * @public
 */
export function Coalesce(options?: CoalesceOptions): ResilientMethodDecorator;
/** With the name of a policy, and options that win over it. @public */
export function Coalesce(policy: PolicyName, overrides?: CoalesceOptions): ResilientMethodDecorator;
export function Coalesce(...args: [unknown?, unknown?]): ResilientMethodDecorator {
  return declareStrategy('@Coalesce', 'coalesce', args);
}
