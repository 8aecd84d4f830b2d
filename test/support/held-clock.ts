import { CoarseClock } from '../../lib/clock/coarse-clock.js';
import { ManualClock } from '../../lib/testing/index.js';

/** A clock whose event loop can be held up: time goes on, and timers are late. Its reads are counted. */
export function heldClock(startAt?: number) {
  const clock = new ManualClock(startAt);
  const held = { until: 0, reads: 0 };
  const blocked = {
    now: () => (held.reads++, Math.max(clock.now(), held.until)),
    wallNow: () => clock.wallNow(),
    setTimeout: (fn: () => void, ms: number) => clock.setTimeout(fn, ms),
    clearTimeout: (handle: unknown) => clock.clearTimeout(handle),
  };
  return { clock, held, blocked, coarse: new CoarseClock(blocked, true) };
}
