import type { HttpRequest } from '../http.options.js';

type Values = Record<string, unknown>;

/** The options of a request beside what is sent; undefined if there are none. */
export function optionsOf(request: HttpRequest): object | undefined {
  let options: Values | undefined;
  for (const key of Object.keys(request)) {
    if (key === 'method' || key === 'url' || key === 'body' || key === 'json') continue;
    const value = (request as unknown as Values)[key];
    if (value !== undefined) (options ??= {})[key] = value;
  }
  return options;
}

const numbers = new WeakMap<object, number>();
let last = 0;

function numberOf(value: object): number {
  const known = numbers.get(value);
  if (known !== undefined) return known;
  numbers.set(value, ++last);
  return last;
}

/** A text that is the same for options that are the same; functions are the same if they are one. */
export function cacheKeyOf(options: unknown): string {
  return JSON.stringify(options, (_key, value: unknown) =>
    typeof value === 'function' ? `function ${numberOf(value)}` : value,
  );
}
