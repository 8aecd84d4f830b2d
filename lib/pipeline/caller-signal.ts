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
