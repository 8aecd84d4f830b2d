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
  // a replacer costs more than everything else here, and few requests bring a function
  return holdsFunction(options) ? JSON.stringify(options, numberFunctions) : JSON.stringify(options);
}

function numberFunctions(_key: string, value: unknown): unknown {
  return typeof value === 'function' ? `function ${numberOf(value)}` : value;
}

function holdsFunction(value: unknown): boolean {
  if (typeof value === 'function') return true;
  if (typeof value !== 'object' || value === null) return false;
  for (const key of Object.keys(value)) {
    if (holdsFunction((value as Record<string, unknown>)[key])) return true;
  }
  return false;
}
