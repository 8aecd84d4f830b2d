/**
 * The caller's abort among the arguments of a call: an `AbortSignal`, or the `signal` of the last argument. It is
 * looked for after a failure only.
 */
export function findCallerSignal(args: readonly unknown[]): AbortSignal | undefined {
  const direct = args.find(isAbortSignal);
  if (direct) return direct;
  const last = args.at(-1);
  if (typeof last !== 'object' || last === null) return undefined;
  const { signal } = last as { signal?: unknown };
  return isAbortSignal(signal) ? signal : undefined;
}

/** True for an AbortSignal, also of another realm or a polyfill. */
export function isAbortSignal(value: unknown): value is AbortSignal {
  if (value instanceof AbortSignal) return true;
  if (typeof value !== 'object' || value === null) return false;
  const { aborted, addEventListener, removeEventListener } = value as Partial<AbortSignal>;
  return (
    typeof aborted === 'boolean' &&
    typeof addEventListener === 'function' &&
    typeof removeEventListener === 'function'
  );
}

/** The listeners of each signal: they share one real one, as Node warns of more than ten. */
const listeners = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls `listener` when the signal aborts, unless {@link ignoreAbort} comes first. */
export function listenToAbort(signal: AbortSignal, listener: () => void): void {
  const known = listeners.get(signal);
  if (known) {
    known.add(listener);
    return;
  }
  const first = new Set([listener]);
  listeners.set(signal, first);
  const onAbort = () => {
    listeners.delete(signal);
    for (const told of [...first]) told();
  };
  leavers.set(first, () => signal.removeEventListener('abort', onAbort));
  signal.addEventListener('abort', onAbort, { once: true });
}

/** How the last of a signal's listeners takes the real one with it. */
const leavers = new WeakMap<Set<() => void>, () => void>();

/** The opposite of {@link listenToAbort}. */
export function ignoreAbort(signal: AbortSignal, listener: () => void): void {
  const known = listeners.get(signal);
  if (!known?.delete(listener) || known.size > 0) return;
  listeners.delete(signal);
  leavers.get(known)?.();
}
