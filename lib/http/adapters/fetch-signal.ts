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

function follow(foreign: AbortSignal): AbortSignal {
  const own = new AbortController();
  const abort = () => own.abort(foreign.reason);
  if (foreign.aborted) abort();
  else foreign.addEventListener('abort', abort, { once: true });
  return own.signal;
}
