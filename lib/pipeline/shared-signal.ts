/** Whoever waits for a signal, and the one listener that tells them all. */
interface Audience {
  readonly members: Set<() => void>;
  readonly listener: () => void;
}

const audiences = new WeakMap<AbortSignal, Audience>();

/**
 * Calls `member` when the signal aborts, until {@link stopListening}. However many calls share a signal, it has one
 * listener, and Node warns of no leak.
 */
export function listenTo(signal: AbortSignal, member: () => void): void {
  const known = audiences.get(signal);
  if (known) {
    known.members.add(member);
    return;
  }
  const members = new Set([member]);
  const listener = () => {
    audiences.delete(signal);
    for (const each of members) each();
  };
  audiences.set(signal, { members, listener });
  signal.addEventListener('abort', listener, { once: true });
}

/** Takes the listener off the signal with its last member. */
export function stopListening(signal: AbortSignal, member: () => void): void {
  const audience = audiences.get(signal);
  if (!audience?.members.delete(member) || audience.members.size > 0) return;
  audiences.delete(signal);
  signal.removeEventListener('abort', audience.listener);
}
