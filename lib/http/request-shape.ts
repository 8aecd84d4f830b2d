import type { HttpRequest } from './http.options.js';

const PARTS_OF_A_REQUEST: ReadonlySet<string> = new Set(['method', 'url', 'body', 'json']);

/** The options of a request beside what is sent; undefined if there are none. */
export function optionsOf(request: HttpRequest): object | undefined {
  let options: Record<string, unknown> | undefined;
  for (const [key, value] of Object.entries(request)) {
    if (value !== undefined && !PARTS_OF_A_REQUEST.has(key)) (options ??= {})[key] = value;
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
export function shapeOf(options: unknown): string {
  return JSON.stringify(options, (_key, value: unknown) =>
    typeof value === 'function' ? `function ${numberOf(value)}` : value,
  );
}
