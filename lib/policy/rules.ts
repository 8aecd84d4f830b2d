import { parseDuration } from './duration.js';
import type { Duration } from './duration.js';
import { checkLayer, mergeLayers } from './layers.js';
import { parsed } from './rule.js';
import type { InputOf, ResolvedOf, Rule, Rules, Value } from './rule.js';

interface Range {
  min?: number;
  max?: number;
}

function inRange(value: unknown, { min = -Infinity, max = Infinity }: Range): value is number {
  return typeof value === 'number' && value >= min && value <= max && Number.isFinite(value);
}

function describeRange({ min, max }: Range): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  return min === undefined ? '' : ` from ${min}`;
}

/** A whole number within a range. */
export function wholeNumber<S extends Range & { fallback?: number }>(
  spec: S,
): Rule<number, Value<number, S>> {
  const parse = (value: unknown) => (Number.isSafeInteger(value) && inRange(value, spec) ? value : undefined);
  return parsed(`a whole number${describeRange(spec)}`, spec.fallback as Value<number, S>, parse as never);
}

/** A finite number within a range. */
export function finiteNumber<S extends Range & { fallback?: number }>(
  spec: S,
): Rule<number, Value<number, S>> {
  const parse = (value: unknown) => (inRange(value, spec) ? value : undefined);
  return parsed(`a number${describeRange(spec)}`, spec.fallback as Value<number, S>, parse as never);
}

/** A share above 0, at most 1. */
export function share<S extends { fallback?: number }>(spec: S): Rule<number, Value<number, S>> {
  const parse = (value: unknown) => (inRange(value, { min: 0, max: 1 }) && value > 0 ? value : undefined);
  return parsed('a ratio above 0, at most 1', spec.fallback as Value<number, S>, parse as never);
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
export function flag(spec: { fallback: boolean }): Rule<boolean, boolean> {
  return parsed('true or false', spec.fallback, (value) => (typeof value === 'boolean' ? value : undefined));
}

/** A text that is not empty. */
export function text(): Rule<string, string | undefined> {
  const parse = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  return parsed('a text that is not empty', undefined, parse as never);
}

/** A function; its parameters are the type checker's business. */
export function callback<F extends (...args: never[]) => unknown>(): Rule<F, F | undefined> {
  const parse = (value: unknown) => (typeof value === 'function' ? (value as F) : undefined);
  return parsed('a function', undefined, parse as never);
}

/** One of a few words. */
export function oneOf<const T extends string, S extends { fallback?: T }>(
  values: readonly T[],
  spec: S,
): Rule<T, Value<T, S>> {
  const parse = (value: unknown) => values.find((known) => known === value);
  const expected = values.map((value) => `'${value}'`).join(', ');
  return parsed(expected, spec.fallback as Value<T, S>, parse as never);
}

/** A string-keyed object; its values are checked where they are used. */
export function dictionary<T extends object>(expected: string): Rule<T, T | undefined> {
  const parse = (value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  return parsed(expected, undefined, parse as never);
}

/** An object that has a function of this name. */
export function having<T>(method: string, expected: string): Rule<T, T | undefined> {
  const parse = (value: unknown) =>
    typeof (value as Record<string, unknown> | null)?.[method] === 'function' ? value : undefined;
  return parsed(expected, undefined, parse as never);
}

/** The first rule, or else the second; the default is the first one's. */
export function either<A, AOut, B, BOut>(
  first: Rule<A, AOut>,
  second: Rule<B, BOut>,
): Rule<A | B, AOut | BOut> {
  const expected = `${first.expected}, or ${second.expected}`;
  return {
    expected,
    fallback: first.fallback,
    check(value, path, problems) {
      const before = problems.list.length;
      const accepted = first.check(value, path, problems);
      if (accepted !== undefined) return accepted;
      problems.list.length = before;
      const other = second.check(value, path, problems);
      if (other !== undefined || typeof value === 'object') return other;
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
