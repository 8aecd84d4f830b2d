/**
 * The signal of a call of `fetch`, which may come from a polyfill.
 *
 * @throws TypeError for something that is no signal
 */
export function followedSignal(given: unknown): AbortSignal | undefined {
  if (given === undefined || given === null) return undefined;
  if (given instanceof AbortSignal) return given;
  const { aborted, addEventListener } = given as { aborted?: unknown; addEventListener?: unknown };
  if (typeof aborted !== 'boolean' || typeof addEventListener !== 'function')
    throw new TypeError('signal: expected an AbortSignal');
  return follow(given as AbortSignal);
}

/** A polyfill's signal may live for ever: its listener leaves with the signal that follows it. */
const unfollowed = new FinalizationRegistry<() => void>((unlisten) => unlisten());
const controllers = new WeakMap<AbortSignal, AbortController>();

function follow(foreign: AbortSignal): AbortSignal {
  if (foreign.aborted) return AbortSignal.abort(foreign.reason);
  const own = new AbortController();
  const { signal } = own;
  const known = new WeakRef(own);
  const abort = () => known.deref()?.abort(foreign.reason);
  controllers.set(signal, own);
  unfollowed.register(signal, () => foreign.removeEventListener('abort', abort));
  foreign.addEventListener('abort', abort, { once: true });
  return signal;
}
