import { parseDuration } from './duration.js';
import type { Duration } from './duration.js';
import { checkLayer, isOptionsObject, mergeLayers } from './layers.js';
import { accepted, parsed } from './rule.js';
import type { InputOf, ResolvedOf, Rule, Rules, Value } from './rule.js';

interface Range {
  min?: number;
  max?: number;
  fallback?: number;
}

function number<S extends Range>(what: string, spec: S, accepts: (value: unknown) => boolean) {
  const { min = -Infinity, max = Infinity, fallback } = spec;
  const from = spec.min === undefined ? '' : ` from ${min}`;
  const to = spec.max === undefined ? '' : ` to ${max}`;
  const isInRange = (value: unknown) =>
    accepts(value) && (value as number) >= min && (value as number) <= max;
  return accepted<number, Value<number, S>>(what + from + to, isInRange, fallback);
}

/** A whole number within a range. */
export function wholeNumber<S extends Range>(spec: S) {
  return number('a whole number', spec, Number.isSafeInteger);
}

/** A whole number from 0, or `Infinity` for no limit. */
export function countOrInfinity<S extends { fallback?: number }>(spec: S): Rule<number, Value<number, S>> {
  const isCount = (value: unknown) =>
    value === Infinity || (Number.isSafeInteger(value) && (value as number) >= 0);
  return accepted('a whole number from 0, or Infinity', isCount, spec.fallback as Value<number, S>);
}

/** A finite number within a range. */
export function finiteNumber<S extends Range>(spec: S) {
  return number('a number', spec, Number.isFinite);
}

/** A share above 0, at most 1. */
export function share<S extends { fallback?: number }>(spec: S): Rule<number, Value<number, S>> {
  const isShare = (value: unknown) => typeof value === 'number' && value > 0 && value <= 1;
  return accepted('a ratio above 0, at most 1', isShare, spec.fallback as Value<number, S>);
}

/** A time span; `positive` leaves out 0. */
export function duration<S extends { fallback?: Duration; positive?: boolean }>(
  spec: S,
): Rule<Duration, Value<number, S>> {
  const parse = (value: unknown) => {
    const time = parseDuration(value);
    return spec.positive && time === 0 ? undefined : time;
  };
  const fallback = parseDuration(spec.fallback) as Value<number, S>;
  const expected = `a duration${spec.positive ? ' above 0' : ''} of at most 24 days, such as 250, '2s' or '1m'`;
  return parsed(expected, fallback, parse as never);
}

/** True or false. */
export function flag({ fallback }: { fallback: boolean }): Rule<boolean, boolean> {
  return accepted('true or false', (value) => typeof value === 'boolean', fallback);
}

/** A text that is not empty. */
export function text(): Rule<string, string | undefined> {
  return accepted('a text that is not empty', (value) => typeof value === 'string' && value);
}

/** A function; its parameters are the type checker's business. */
export function callback<F extends (...args: never[]) => unknown>(): Rule<F, F | undefined> {
  return accepted('a function', (value) => typeof value === 'function');
}

/** One of a few words. */
export function oneOf<const T extends string, S extends { fallback?: T }>(
  values: readonly T[],
  spec: S,
): Rule<T, Value<T, S>> {
  const expected = values.map((value) => `'${value}'`).join(', ');
  return accepted(expected, (value) => values.includes(value as T), spec.fallback as Value<T, S>);
}

/** A plain object; its values are checked where they are used. The entries of a `Map` or `Headers` would be missed. */
export function dictionary<T extends object>(expected: string): Rule<T, T | undefined> {
  return accepted(expected, isOptionsObject);
}

/** An object that has a function of this name. */
export function having<T>(method: string, expected: string): Rule<T, T | undefined> {
  const has = (value: unknown) => typeof (value as Record<string, unknown> | null)?.[method] === 'function';
  return accepted(expected, has);
}

/** The first rule, or else the second; the default is the first one's. */
export function either<A, AOut, B, BOut>(
  first: Rule<A, AOut>,
  second: Rule<B, BOut>,
  expected = `${first.expected}, or ${second.expected}`,
): Rule<A | B, AOut | BOut> {
  return {
    expected,
    fallback: first.fallback,
    check(value, path, problems) {
      const before = problems.list.length;
      const accepted = first.check(value, path, problems);
      if (accepted !== undefined) return accepted;
      problems.list.length = before;
      const other = second.check(value, path, problems);
      if (other !== undefined || (typeof value === 'object' && value !== null)) return other;
      problems.list.length = before;
      problems.add(path, expected, value);
      return undefined;
    },
  };
}

/** A nested table of options, `In` being what users call it; `false` switches all of it off. */
export function group<R extends Rules, In extends InputOf<R>>(
  rules: R,
): Rule<In | false, ResolvedOf<R> | false> {
  const fallback = mergeLayers(rules, []);
  return {
    expected: `an object with ${Object.keys(rules).join(', ')}, or false`,
    fallback,
    check(value, path, problems) {
      if (value === false) return false;
      return checkLayer(rules, value, path, problems) as ResolvedOf<R>;
    },
    merge: (weaker, stronger) => (stronger === false ? false : { ...(weaker || fallback), ...stronger }),
  };
}
