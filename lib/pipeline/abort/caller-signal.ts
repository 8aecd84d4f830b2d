import { read } from '../../policy/error-chain.js';
import { Listeners } from './listeners.js';

/**
 * The caller's abort among the arguments of a call: an `AbortSignal`, or the `signal` of the last argument. It is
 * looked for after a failure only.
 */
export function findCallerSignal(args: readonly unknown[]): AbortSignal | undefined {
  for (const arg of args) if (isAbortSignal(arg)) return arg;
  const signal = read(args[args.length - 1], 'signal');
  return isAbortSignal(signal) ? signal : undefined;
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

/** Those who listen to a signal share one real listener, as Node warns of more than ten. */
const shared = new WeakMap<AbortSignal, SharedListener>();

class SharedListener extends Listeners {
  constructor(private readonly signal: AbortSignal) {
    super();
    shared.set(signal, this);
    signal.addEventListener('abort', this.onAbort, { once: true });
  }

  end(): void {
    shared.delete(this.signal);
    this.signal.removeEventListener('abort', this.onAbort);
  }

  private readonly onAbort = (): void => {
    this.end();
    this.tellAll();
  };
}

/** Calls `onAbort` when the signal aborts, unless the function that it returns is called first. */
export function listenToAbort(signal: AbortSignal, onAbort: () => void): () => void {
  const all = shared.get(signal) ?? new SharedListener(signal);
  const listener = all.listen(onAbort);
  return () => {
    if (all.remove(listener) && all.length === 0) all.end();
  };
}
