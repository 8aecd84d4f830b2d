import type { Clock } from './clock.js';

/** The real time of the process: `performance.now()`, `Date.now()` and Node's timers. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  setTimeout: (fn, ms) => setTimeout(fn, ms),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout | undefined),
};

interface RefCounted {
  ref?: () => void;
  unref?: () => void;
}

/** Lets the process end although the timer is pending; clocks whose timers cannot do that are left alone. */
export function unrefTimer(handle: unknown): void {
  (handle as RefCounted | undefined)?.unref?.();
}

/** The opposite of {@link unrefTimer}. */
export function refTimer(handle: unknown): void {
  (handle as RefCounted | undefined)?.ref?.();
}

const realImmediate = setImmediate;

/** Resolves after the event loop has had a turn: timers and sockets get their chance. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => realImmediate(resolve));
}
