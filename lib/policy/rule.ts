import type { Problems } from './problems.js';

/**
 * The rule of one option. `In` is what a user writes, `Out` what the strategies read, `fallback` the default in its
 * final form. An option is declared once: its types, default, check and docs all come from here.
 */
export interface Rule<In, Out> {
  readonly fallback: Out;
  /** For messages: "a whole number from 0". */
  readonly expected: string;
  /** The value in its final form; undefined if it is wrong, after reporting to `problems`. */
  check(value: unknown, path: string, problems: Problems): Out | undefined;
  /** Joins a stronger layer's value to a weaker one's; by default it replaces it. */
  merge?(weaker: Out, stronger: Out): Out;
  /** Only for the type checker. */
  readonly input?: In;
}

/** A table of options. */
export type Rules = Readonly<Record<string, Rule<unknown, unknown>>>;

/** The options of a table, as a user may write them. */
export type InputOf<R extends Rules> = {
  [K in keyof R]?: (R[K] extends Rule<infer In, unknown> ? In : never) | undefined;
};

/** The options of a table, as a strategy reads them once all layers are merged. */
export type ResolvedOf<R extends Rules> = {
  readonly [K in keyof R]: R[K] extends Rule<unknown, infer Out> ? Out : never;
};

/** One checked layer: only the keys that were given. */
export type Layer<R extends Rules> = Partial<ResolvedOf<R>>;

/** `Out`, or with undefined if the option has no default. */
export type Value<Out, Spec> = Spec extends { fallback: unknown } ? Out : Out | undefined;

/** A rule whose check is a plain parser: undefined means wrong. `show` keeps secrets out of messages. */
export function parsed<In, Out>(
  expected: string,
  fallback: Out,
  parse: (value: unknown) => Exclude<Out, undefined> | undefined,
  show = (value: unknown) => value,
): Rule<In, Out> {
  const check = (value: unknown, path: string, problems: Problems): Out | undefined => {
    const result = parse(value);
    if (result === undefined) problems.add(path, expected, show(value));
    return result;
  };
  return { expected, fallback, check };
}

/** A rule whose values are accepted as they are, or not at all. */
export function accepted<In, Out = In>(
  expected: string,
  accepts: (value: unknown) => unknown,
  fallback?: Out,
): Rule<In, Out> {
  return parsed(expected, fallback as Out, (value) => (accepts(value) ? (value as never) : undefined));
}
