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

/** A refusal and a time limit of this library carry as `cause` what had failed before them. */
const CARRY_WHAT_WAS_BEFORE: ReadonlySet<unknown> = new Set([
  'RESILIENCE_CIRCUIT_OPEN',
  'RESILIENCE_TIMEOUT',
]);

/** As {@link causeChain}, without what had failed before the error: what a server said then is not said again. */
export function ownChain(error: unknown): readonly unknown[] {
  const chain = causeChain(error);
  const last = chain.findIndex((link) => CARRY_WHAT_WAS_BEFORE.has(read(link, 'code')));
  return last < 0 ? chain : chain.slice(0, last + 1);
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
