import { parseDuration } from '../policy/duration.js';
import type { TimeoutOptions } from '../strategies/timeout/timeout.options.js';
import { checkParentheses } from './decorator-target.js';
import { readArguments } from './policy-arguments.js';
import type { PolicyName } from './policy-arguments.js';
import { declare } from './resilient-method.js';
import type { ResilientMethodDecorator } from './resilient-method.js';

/** A number of milliseconds, or a text that begins with a number, such as `'2s'`. @public */
export type TimeLimit = number | `${number}` | `${number}${string}`;

/** What a text that is no policy may have been meant to be. */
const DURATION = "a duration such as 250, '2s' or '1m'";

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
export function Timeout(options?: TimeoutOptions): ResilientMethodDecorator;
/** With the limit of an attempt: `@Timeout('2s')`. @public */
export function Timeout(limit: TimeLimit): ResilientMethodDecorator;
/** With the name of a policy, and options that win over it. @public */
export function Timeout(policy: PolicyName, overrides?: TimeoutOptions): ResilientMethodDecorator;
export function Timeout(...args: [unknown?, unknown?]): ResilientMethodDecorator {
  checkParentheses('@Timeout', args);
  const [first, second] = args;
  const isLimit = second === undefined && parseDuration(first) !== undefined;
  const given = isLimit ? [{ attempt: first }] : [first, second];
  const alternative = second === undefined ? DURATION : undefined;
  return declare({ decorator: '@Timeout', strategy: 'timeout', alternative, ...readArguments(given) });
}
