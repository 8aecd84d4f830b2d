import { Listeners } from './listeners.js';

/** All listeners to a signal share one real listener, as Node warns of more than ten. */
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
    this.notifyAll();
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
