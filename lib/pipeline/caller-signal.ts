import { Listeners } from './listeners.js';
import type { Listener } from './listeners.js';

/**
 * The caller's abort among the arguments of a call: an `AbortSignal`, or the `signal` of the last argument. It is
 * looked for after a failure only.
 */
export function findCallerSignal(args: readonly unknown[]): AbortSignal | undefined {
  for (const arg of args) if (isAbortSignal(arg)) return arg;
  const last = args[args.length - 1];
  if (typeof last !== 'object' || last === null) return undefined;
  const { signal } = last as { signal?: unknown };
  return isAbortSignal(signal) ? signal : undefined;
}

/** True for an AbortSignal, also of another realm or a polyfill. */
export function isAbortSignal(value: unknown): value is AbortSignal {
  if (typeof value !== 'object' || value === null) return false;
  if (value instanceof AbortSignal) return true;
  const { aborted, addEventListener, removeEventListener } = value as Partial<AbortSignal>;
  return (
    typeof aborted === 'boolean' &&
    typeof addEventListener === 'function' &&
    typeof removeEventListener === 'function'
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
