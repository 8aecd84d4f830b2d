import type { StrategyName } from '../strategies/policy.options.js';
import { checkParentheses } from './decorator-target.js';
import { declare } from './resilient-method.js';
import type { ResilientMethodDecorator } from './resilient-method.js';

/**
 * Augment it to have policy names checked by the compiler; without an augmentation any text is a policy name.
 *
 * @example
 * ```ts
 * declare module 'nestjs-breakwater' {
 *   interface ResiliencePolicies { payments: true }
 * }
 * ```
 * @public
 */
export interface ResiliencePolicies {}

/** A name of a policy: any text, or a key of {@link ResiliencePolicies} once that is augmented. @public */
export type PolicyName = keyof ResiliencePolicies extends never
  ? string
  : Extract<keyof ResiliencePolicies, string>;

/** What a decorator of one strategy takes: `()`, `(options)`, `('policy')` or `('policy', overrides)`. @public */
export type StrategyArguments<Options> = [options?: Options] | [policy: PolicyName, overrides?: Options];

/** The decorator of one strategy. */
export function declareStrategy(
  decorator: string,
  strategy: StrategyName,
  args: readonly [unknown?, unknown?],
): ResilientMethodDecorator {
  checkParentheses(decorator, args);
  return declare({ decorator, strategy, ...readArguments(args) });
}

/** Tells a policy from options. */
export function readArguments([first, second]: readonly unknown[]) {
  const isNamed = typeof first === 'string';
  return { policy: isNamed ? first : undefined, options: isNamed ? second : first };
}
