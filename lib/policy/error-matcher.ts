import { causeChain, ownChain } from './error-chain.js';
import { parsed } from './rule.js';
import type { Rule } from './rule.js';

/** A class whose instances are errors. @public */
export type ErrorClass = abstract new (...args: never[]) => unknown;

/** An error class (looked for along `cause` too), a predicate, or several of them. @public */
export type ErrorMatcher =
  ErrorClass | ((error: unknown) => boolean) | readonly (ErrorClass | ((error: unknown) => boolean))[];

type ChainOf = (error: unknown) => readonly unknown[];

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

/** A proxy may throw when it is asked for its class. */
function isInstance(error: unknown, type: ErrorClass): boolean {
  try {
    return error instanceof type;
  } catch {
    return false;
  }
}

function toMatches(matcher: unknown, chainOf: ChainOf): MatchesError | undefined {
  if (isClass(matcher)) return (error) => chainOf(error).some((link) => isInstance(link, matcher));
  if (typeof matcher === 'function') return (error) => Boolean((matcher as MatchesError)(error));
  if (!Array.isArray(matcher)) return undefined;
  const all = matcher.map((one) => toMatches(one, chainOf));
  if (all.includes(undefined)) return undefined;
  return (error) => (all as MatchesError[]).some((matches) => matches(error));
}

/** An option that takes an {@link ErrorMatcher}; with `own` not for what had failed before a refusal or a time limit. */
export function errorMatcher({ own = false } = {}): Rule<ErrorMatcher, MatchesError | undefined> {
  const chainOf = own ? ownChain : causeChain;
  const parse = (value: unknown) => toMatches(value, chainOf);
  return parsed(
    'an error class, a function (error) => boolean, or an array of them',
    undefined,
    parse as never,
  );
}
