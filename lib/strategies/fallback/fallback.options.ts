import { errorMatcher } from '../../policy/error-matcher.js';
import type { ErrorMatcher } from '../../policy/error-matcher.js';
import type { InputOf, ResolvedOf } from '../../policy/rule.js';
import { callback, either, text } from '../../policy/rules.js';

/** Answers in place of a call that failed: gets the error, then the arguments of the call. @public */
export type FallbackFunction = (error: never, ...args: never[]) => unknown;

export const fallbackRules = {
  /** The function, or the name of a method of the class, that answers. */
  use: either(callback<FallbackFunction>(), text(), 'a function, or the name of a method of the class'),
  /** For which errors. Default: all of them. */
  on: errorMatcher(),
};

/** Options of `@Fallback()`. @public */
export interface FallbackOptions {
  /** For which errors the fallback answers; others reach the caller. Default: all of them. */
  on?: ErrorMatcher | undefined;
}

/** `fallback` in a policy. @public */
export interface FallbackPolicy extends InputOf<typeof fallbackRules> {}

/** Fallback options with all layers merged. */
export type ResolvedFallback = ResolvedOf<typeof fallbackRules>;
