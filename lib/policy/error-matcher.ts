import { causeChain } from './error-chain.js';
import { parsed } from './rule.js';
import type { Rule } from './rule.js';

/** A class whose instances are errors. @public */
export type ErrorClass = abstract new (...args: never[]) => unknown;

/** An error class (looked for along `cause` too), a predicate, or several of them. @public */
export type ErrorMatcher =
  ErrorClass | ((error: unknown) => boolean) | readonly (ErrorClass | ((error: unknown) => boolean))[];

/** A matcher in its final form: does it match? */
export type MatchesError = (error: unknown) => boolean;

function isClass(matcher: unknown): matcher is ErrorClass {
  if (typeof matcher !== 'function') return false;
  const prototype: unknown = matcher.prototype;
  return (
    matcher === Error ||
    prototype instanceof Error ||
    /^class\b/.test(Function.prototype.toString.call(matcher))
  );
}

function toMatches(matcher: unknown): MatchesError | undefined {
  if (isClass(matcher)) return (error) => causeChain(error).some((link) => link instanceof matcher);
  if (typeof matcher === 'function') return (error) => Boolean((matcher as MatchesError)(error));
  if (!Array.isArray(matcher)) return undefined;
  const all = matcher.map(toMatches);
  if (all.includes(undefined)) return undefined;
  return (error) => (all as MatchesError[]).some((matches) => matches(error));
}

/** An option that takes an {@link ErrorMatcher}. */
export function errorMatcher(): Rule<ErrorMatcher, MatchesError | undefined> {
  return parsed(
    'an error class, a function (error) => boolean, or an array of them',
    undefined,
    toMatches as never,
  );
}
