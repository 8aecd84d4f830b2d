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

const NOTHING: readonly unknown[] = [];

/** As {@link causeChain}, but empty for a plain `Error` with a message and nothing else, of which nothing can be read. */
export function tellingChain(error: unknown): readonly unknown[] {
  return isBare(error) ? NOTHING : causeChain(error);
}

/** True for a plain `Error` with a message and nothing else: cheap to tell, and common. */
export function isBare(error: unknown): boolean {
  try {
    if (typeof error !== 'object' || error === null) return false;
    if (Object.getPrototypeOf(error) !== Error.prototype || Object.keys(error).length > 0) return false;
    return !Object.hasOwn(error, 'cause') && !Object.hasOwn(error, 'name');
  } catch {
    return false;
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
