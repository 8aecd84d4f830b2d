import type { BulkheadOptions } from '../strategies/bulkhead/bulkhead.options.js';
import { declareStrategy } from './policy-arguments.js';
import type { PolicyName } from './policy-arguments.js';
import type { ResilientMethodDecorator } from './resilient-method.js';

/**
 * Lets only so many attempts run at the same time, so that a slow upstream cannot take all of an application's memory and
 * sockets. Up to `maxQueue` calls wait for a place, first come first served; beyond that a call is refused at once with
 * `BulkheadFullException`. With `adaptive` the limit is found from the latencies.
 *
 * @example
 * ```ts
 * class ReportsService {
 *   @Bulkhead({ maxConcurrent: 10, maxQueue: 50, maxWait: '1s' })
 *   async render(report: string): Promise<string> { return report; }
 * }
 * ```
 * @public
 */
export function Bulkhead(options?: BulkheadOptions): ResilientMethodDecorator;
/** With the name of a policy, and options that win over it. @public */
export function Bulkhead(policy: PolicyName, overrides?: BulkheadOptions): ResilientMethodDecorator;
export function Bulkhead(...args: [unknown?, unknown?]): ResilientMethodDecorator {
  return declareStrategy('@Bulkhead', 'bulkhead', args);
}
