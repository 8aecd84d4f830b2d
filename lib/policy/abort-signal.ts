import { read } from './error-chain.js';

/**
 * Finds the caller's abort among the arguments of a call: an `AbortSignal`, or the `signal` of the last argument. The
 * success path never asks for it.
 */
export function findCallerSignal(args: readonly unknown[]): AbortSignal | undefined {
  for (const arg of args) if (isAbortSignal(arg)) return arg;
  const signal = read(args[args.length - 1], 'signal');
  return isAbortSignal(signal) ? signal : undefined;
}

/** True if there is a caller's abort; most calls have no object among their arguments, and are not searched. */
export function hasCallerSignal(args: readonly unknown[]): boolean {
  for (let index = 0; index < args.length; index++) {
    if (typeof args[index] === 'object' && args[index] !== null) return findCallerSignal(args) !== undefined;
  }
  return false;
}

/** True for an AbortSignal, whatever realm or polyfill it is of; never throws, whatever it is given. */
export function isAbortSignal(value: unknown): value is AbortSignal {
  if (typeof value !== 'object' || value === null) return false;
  return (
    typeof read(value, 'aborted') === 'boolean' &&
    typeof read(value, 'addEventListener') === 'function' &&
    typeof read(value, 'removeEventListener') === 'function'
  );
}

/** True if there is an object among the arguments of a call. */
export function hasObject(args: readonly unknown[]): boolean {
  for (let index = 0; index < args.length; index++) {
    if (typeof args[index] === 'object' && args[index] !== null) return true;
  }
  return false;
}
