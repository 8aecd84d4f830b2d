const MAX_DEPTH = 10;

/**
 * An error and its `cause`s, outermost first. Ends at a cycle or after ten links, and never throws, whatever
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

/** True for a plain `Error` with a message and nothing else: cheap to tell, and common. */
export function isBare(error: unknown): boolean {
  try {
    if (typeof error !== 'object' || error === null) return false;
    if (Object.getPrototypeOf(error) !== Error.prototype) return false;
    // nothing that is inherited is enumerable, and this makes no array of keys
    for (const _key in error) return false;
    const { cause, name } = error as Error;
    return cause === undefined && name === 'Error';
  } catch {
    return false;
  }
}

/** What is answered, or undefined instead of an error: what others have thrown may throw itself when it is looked at. */
export function quietly<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}

/** A property of anything at all: undefined where there is none, or where reading it throws. */
export function read(value: unknown, key: string): unknown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}
