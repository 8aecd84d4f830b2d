import { parseDuration } from '../policy/duration.js';
import type { TimeoutOptions } from '../strategies/timeout/timeout.options.js';
import { declareStrategy } from './policy-arguments.js';
import type { PolicyName } from './policy-arguments.js';
import type { ResilientMethodDecorator } from './resilient-method.js';

/** A number of milliseconds, or a text that begins with a number, such as `'2s'`. @public */
export type TimeLimit = number | `${number}` | `${number}${string}`;

/** What `@Timeout()` takes: a limit of one attempt, options, or a policy and overrides. @public */
export type TimeoutArguments =
  [limit?: TimeLimit | TimeoutOptions] | [policy: PolicyName, overrides?: TimeoutOptions];

/**
 * Bounds an attempt, and with `total` the whole call. The caller gets a `TimeoutException` at once, whether or not the
 * method listens to its signal; what the attempt does later is ignored. A text that is a duration is a limit, any other
 * one the name of a policy; with a second argument the first is always a policy.
 *
 * @example
 * ```ts
 * class QuotesService {
 *   @Timeout('2s')
 *   async quote(symbol: string): Promise<string> { return symbol; }
 *
 *   @Timeout({ attempt: '2s', total: '10s' })
 *   async history(symbol: string): Promise<string[]> { return [symbol]; }
 * }
 * ```
 * @public
 */
export function Timeout(...args: TimeoutArguments): ResilientMethodDecorator {
  const [first, second] = args;
  const isLimit = second === undefined && parseDuration(first) !== undefined;
  return declareStrategy('@Timeout', 'timeout', isLimit ? [{ attempt: first }] : [first, second]);
}
