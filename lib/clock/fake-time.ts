const OwnDate = Date;
const ownNow = performanceNow();

/** Node's timers ring up to so many milliseconds early: they count in whole ones. */
const TIMER_PRECISION = 1;

/** The function itself, and not the time. */
function performanceNow(): unknown {
  return Reflect.get(performance, 'now');
}

/** Finds the source of the fake timers' time: `performance.now()` where a test has faked it, else `Date`, if faked. */
function currentSource(): unknown {
  const now = performanceNow();
  return now === ownNow && Date !== OwnDate ? Date : now;
}

/**
 * Monotonic time while a test has fake timers. It goes on where real time stood, and moves as the fake clock does:
 *
 * - It follows `performance.now()` if that is faked (Jest, sinon, Vitest from 3 on), else `Date` (Vitest 2 and
 *   `node:test` leave `performance.now()` alone). It never goes back, whatever the test sets `Date` to.
 * - Where only `setTimeout` is faked, nothing tells how far the fake clock was advanced. A timer that rings proves that
 *   its delay is over, so time moves on to the moment for which that timer was set. A lag of up to 1 ms proves nothing,
 *   because Node's timers may be so early: functions that only wrap Node's timers move no time.
 */
export class FakeTime {
  private latest = 0;
  private offset = 0;
  private source: unknown = undefined;
  /** Counts the fake clocks that tests have put in place, as far as they can be told apart. */
  clocks = 0;

  /** Goes on from `time`, in milliseconds; whole ones, because fake timers drop fractions of a delay. */
  continueFrom(time: number): void {
    this.latest = Math.ceil(Math.max(time, this.latest));
    this.source = undefined;
  }

  /** The latest time that was read, in milliseconds. */
  get latestRead(): number {
    return this.latest;
  }

  /** Monotonic milliseconds. */
  now(): number {
    const source = currentSource();
    const read = source === Date ? Date.now() : performance.now();
    if (source !== this.source) this.clocks++;
    if (source !== this.source || read + this.offset < this.latest) this.offset = this.latest - read;
    this.source = source;
    return (this.latest = read + this.offset);
  }

  /** Tells that a timer has rung which was set for `time`, in milliseconds. */
  reach(time: number): void {
    const lag = time - this.now();
    if (lag <= TIMER_PRECISION) return;
    this.offset += lag;
    this.latest = time;
  }
}
