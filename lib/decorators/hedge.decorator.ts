import type { HedgeOptions } from '../strategies/hedge/hedge.options.js';
import { declareStrategy } from './policy-arguments.js';
import type { PolicyName } from './policy-arguments.js';
import type { ResilientMethodDecorator } from './resilient-method.js';

/**
 * Starts another attempt beside one that takes long, and takes the first success: the slowest calls become fast for few
 * more requests. The losers are told through their signals. Only for what may run twice; every hedge draws from the retry
 * budget.
 *
 * @example
 * ```ts
 * class SearchService {
 *   @Hedge({ delay: 'p95' })
 *   async find(text: string): Promise<string[]> { return [text]; }
 * }
 * ```
 * @public
 */
export function Hedge(options?: HedgeOptions): ResilientMethodDecorator;
/** With the name of a policy, and options that win over it. @public */
export function Hedge(policy: PolicyName, overrides?: HedgeOptions): ResilientMethodDecorator;
export function Hedge(...args: [unknown?, unknown?]): ResilientMethodDecorator {
  return declareStrategy('@Hedge', 'hedge', args);
}
