const MAX_DEPTH = 100;

/**
 * An error and its `cause`s, outermost first. Ends at a cycle or after a hundred links, and never throws, whatever
 * was thrown: a string, a proxy, an object with a hostile getter.
 */
export function causeChain(error: unknown): unknown[] {
  const chain: unknown[] = [];
  let link: unknown = error;
  while (link !== undefined && link !== null && chain.length < MAX_DEPTH && !chain.includes(link)) {
    chain.push(link);
    link = read(link, 'cause');
  }
  return chain;
}

/** So many errors within one are looked at: an error may hold itself, and any number of others. */
const MOST_ERRORS = 1000;

/** An error, its causes and the members of an `AggregateError` among them, each once. Never throws. */
export function errorsWithin(error: unknown): Iterable<unknown> {
  const all = new Set([error]);
  // a set that grows while it is walked is walked to its end
  for (const one of all) {
    const members = read(one, 'errors');
    const inner: readonly unknown[] = Array.isArray(members) ? members.slice(0, MOST_ERRORS) : [];
    for (const next of [read(one, 'cause'), ...inner])
      if (all.size < MOST_ERRORS && next !== undefined) all.add(next);
  }
  return all;
}

/** A refusal and a time limit of this library carry as `cause` what had failed before them. */
const CODES_WITH_EARLIER_FAILURE = /^RESILIENCE_(CIRCUIT_OPEN|TIMEOUT)$/;

/** As {@link causeChain}, without what had failed before the error: what a server said then is not said again. */
export function ownChain(error: unknown): readonly unknown[] {
  const chain = causeChain(error);
  const last = chain.findIndex((link) => CODES_WITH_EARLIER_FAILURE.test(String(read(link, 'code'))));
  return last < 0 ? chain : chain.slice(0, last + 1);
}

/** True for a plain `Error` with a message and nothing else: cheap to tell, and common. */
export function isPlainError(error: unknown): boolean {
  try {
    if (typeof error !== 'object' || error === null) return false;
    // read first: then engines that have cached the shape of the object know its prototype as well
    const { cause, name, code } = error as Error & { code?: unknown };
    if (cause !== undefined || name !== 'Error' || code !== undefined) return false;
    if (Object.getPrototypeOf(error) !== Error.prototype) return false;
    // nothing that is inherited is enumerable, and this makes no array of keys
    for (const _key in error) return false;
    return true;
  } catch {
    return false;
  }
}

/** Returns the answer of a question, or undefined if asking throws: thrown objects of other code may throw when they are read. */
export function tryOrUndefined<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}

/**
 * A property of anything at all: undefined where there is none, or where reading it throws. What everything inherits from
 * `Object.prototype`, also from a polluted one, is not a property.
 */
export function read(value: unknown, key: string): unknown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  try {
    const found = (value as Record<string, unknown>)[key];
    return found === undefined || !(key in Object.prototype) || hasOfItsOwn(value, key) ? found : undefined;
  } catch {
    return undefined;
  }
}

/** True if an object or one of its classes has the property, whatever its value. Throws where asking throws. */
export function hasOfItsOwn(value: object, key: string): boolean {
  let holder: unknown = value;
  while (holder !== null && holder !== Object.prototype) {
    if (Object.hasOwn(holder as object, key)) return true;
    holder = Object.getPrototypeOf(holder);
  }
  return false;
}
