/** Reads a property that the object itself has, not one that it inherits: not from a polluted `Object.prototype`. */
export function ownValue<T extends object, K extends keyof T>(object: T, key: K): T[K] | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Makes an empty object that inherits nothing, so that every way to read it sees only what was put into it. */
export function bareObject(): Record<string, unknown> {
  return Object.create(null) as Record<string, unknown>;
}
