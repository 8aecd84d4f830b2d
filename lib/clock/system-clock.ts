import type { Clock } from './clock.js';
import { FakeTime } from './fake-time.js';
import { clearNodeTimer, hasNodeTimers, refTimer, unrefTimer } from './timers.js';

/** Time of the fake timers that a test has put in place; kept from one test to the next, so that it never goes back. */
const fakeTime = new FakeTime();
const ownNow = performance.now.bind(performance);
let isFaked = false;
/** By how many milliseconds tests have advanced fake time beyond `performance.now()`. */
let ahead = 0;

/**
 * The time of the process: `performance.now()`, `Date.now()` and Node's timers. While a test has fake timers it is the
 * time of these ({@link FakeTime}); when they are taken off, it goes on from there.
 */
export const systemClock: Clock = {
  now: () => (hasNodeTimers() && !isFaked ? performance.now() + ahead : changedNow()),
  wallNow: () => Date.now(),
  setTimeout: (fn, ms) => (hasNodeTimers() ? setTimeout(fn, ms) : new FakeTimer(fn, ms)),
  clearTimeout(handle) {
    if (handle instanceof FakeTimer) handle.clear();
    else clearNodeTimer(handle as NodeJS.Timeout | undefined);
  },
};

/** Monotonic time while the timers are fake, and when they have just been put on or taken off. */
function changedNow(): number {
  if (hasNodeTimers()) {
    isFaked = false;
    ahead = Math.max(ahead, fakeTime.latestRead - performance.now());
    return performance.now() + ahead;
  }
  if (!isFaked) {
    isFaked = true;
    fakeTime.continueFrom(ownNow() + ahead);
  }
  return fakeTime.now();
}

/** A timer on a test's fake clock. */
class FakeTimer {
  private readonly clearTimeout = clearTimeout;
  private readonly due: number;
  private readonly clock: number;
  private readonly timer: NodeJS.Timeout;
  private isOver = false;

  constructor(fn: () => void, ms: number) {
    this.due = systemClock.now() + ms;
    this.clock = fakeTime.clocks;
    // a fraction of a millisecond must not keep it from ringing when the test advances by whole ones
    this.timer = setTimeout(() => this.ring(fn), Math.floor(ms));
  }

  /** Cancels it where it was set. On a clock that was dropped it is gone: `node:test` would cancel another one. */
  clear(): void {
    const { clearTimeout, timer } = this;
    if (!this.isOver && this.isOnClockInForce) clearTimeout(timer);
    this.isOver = true;
  }

  ref(): void {
    refTimer(this.timer);
  }

  unref(): void {
    unrefTimer(this.timer);
  }

  private ring(fn: () => void): void {
    if (this.isOver) return;
    this.isOver = true;
    if (this.isOnClockInForce) fakeTime.reach(this.due);
    fn();
  }

  private get isOnClockInForce(): boolean {
    systemClock.now();
    return isFaked && fakeTime.clocks === this.clock;
  }
}
