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

/** A property of anything at all: undefined where there is none, or where reading it throws. */
export function read(value: unknown, key: string): unknown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}
