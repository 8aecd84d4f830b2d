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
