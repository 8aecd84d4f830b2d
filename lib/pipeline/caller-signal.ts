import { read } from '../policy/error-chain.js';
import { Listeners } from './listeners.js';
import type { Listener } from './listeners.js';

/**
 * The caller's abort among the arguments of a call: an `AbortSignal`, or the `signal` of the last argument. It is
 * looked for after a failure only.
 */
export function findCallerSignal(args: readonly unknown[]): AbortSignal | undefined {
  const direct = args.find(isAbortSignal);
  if (direct) return direct;
  const signal = read(args.at(-1), 'signal');
  return isAbortSignal(signal) ? signal : undefined;
}

/** True for an AbortSignal, also of another realm or a polyfill; never throws, whatever it is given. */
export function isAbortSignal(value: unknown): value is AbortSignal {
  if (typeof value !== 'object' || value === null) return false;
  return (
    typeof read(value, 'aborted') === 'boolean' &&
    typeof read(value, 'addEventListener') === 'function' &&
    typeof read(value, 'removeEventListener') === 'function'
  );
}

/** Those who listen to one signal share one real listener, as Node warns of more than ten. */
class SharedListener {
  readonly members = new Listeners();

  constructor(private readonly signal: AbortSignal) {
    signal.addEventListener('abort', this.onAbort, { once: true });
  }

  leave(member: Listener): void {
    if (this.members.remove(member) && this.members.isEmpty) this.end();
  }

  private end(): void {
    shared.delete(this.signal);
    this.signal.removeEventListener('abort', this.onAbort);
  }

  private readonly onAbort = (): void => {
    this.end();
    this.members.tellAll();
  };
}

const shared = new WeakMap<AbortSignal, SharedListener>();

/** Calls `onAbort` when the signal aborts, unless the function that it returns is called first. */
export function listenToAbort(signal: AbortSignal, onAbort: () => void): () => void {
  const known = shared.get(signal);
  const all = known ?? new SharedListener(signal);
  if (!known) shared.set(signal, all);
  const member = all.members.add(onAbort);
  return () => all.leave(member);
}
