import { read, tryOrUndefined } from '../policy/error-chain.js';

/** The methods of what is read once, or yields several values: thenables, Observables, streams of Node and of the web. */
const METHODS = ['then', 'subscribe', 'pipe', 'getReader'];

/**
 * False for results that hold several values or can be read only once: a stream, a generator, an iterator, an Observable, a
 * `Response`. They are given to one caller.
 */
export function isOneValue(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value) || value instanceof Uint8Array) return true;
  if (METHODS.some((method) => typeof read(value, method) === 'function')) return false;
  if (typeof read(value, 'bodyUsed') === 'boolean') return false;
  return tryOrUndefined(() => !isIterator(value) && !(Symbol.asyncIterator in value)) ?? false;
}

/** True for an iterator that can be iterated, such as that of a generator: it is used up by that. */
function isIterator(value: object): boolean {
  return Symbol.iterator in value && typeof read(value, 'next') === 'function';
}
