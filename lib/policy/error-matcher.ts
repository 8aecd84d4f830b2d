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

type Member = ErrorClass | MatchesError;

/** Matchers that begin with the same classes and functions; it keeps none of them alive. */
class MatcherNode {
  matches: MatchesError | undefined;
  private readonly following = new WeakMap<Member, MatcherNode>();

  after(member: Member): MatcherNode {
    let node = this.following.get(member);
    if (!node) this.following.set(member, (node = new MatcherNode()));
    return node;
  }
}

/** The same matcher for the same classes and functions: a request that brings them again finds its pipeline compiled. */
function toMatches(matcher: unknown, chainOf: ChainOf, root: MatcherNode): MatchesError | undefined {
  const members: unknown[] = Array.isArray(matcher) ? matcher.flat(Infinity) : [matcher];
  if (!members.every((member): member is Member => typeof member === 'function')) return undefined;
  const node = members.reduce((known: MatcherNode, member) => known.after(member), root);
  return (node.matches ??= matcherOf(members, chainOf));
}

function matcherOf(members: readonly Member[], chainOf: ChainOf): MatchesError {
  const all = members.map((member) => matchesMember(member, chainOf));
  return all.length === 1 ? all[0] : (error) => all.some((matches) => matches(error));
}

function matchesMember(member: Member, chainOf: ChainOf): MatchesError {
  if (isClass(member)) return (error) => chainOf(error).some((link) => isInstance(link, member));
  return (error) => Boolean(member(error));
}

/** An option that takes an {@link ErrorMatcher}; with `own` not for what had failed before a refusal or a time limit. */
export function errorMatcher({ own = false } = {}): Rule<ErrorMatcher, MatchesError | undefined> {
  const chainOf = own ? ownChain : causeChain;
  const root = new MatcherNode();
  const parse = (value: unknown) => toMatches(value, chainOf, root);
  return parsed(
    'an error class, a function (error) => boolean, or an array of them',
    undefined,
    parse as never,
  );
}
