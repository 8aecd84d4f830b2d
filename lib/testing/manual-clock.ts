import type { Clock } from '../clock/clock.js';
import { untilQuiet } from '../clock/turns.js';

interface Timer {
  readonly at: number;
  readonly fn: () => void;
}

/**
 * A clock that only moves by hand: with it a test of ten minutes takes milliseconds.
 *
 * @example
 * ```ts
 * const clock = new ManualClock();
 * // ResilienceModule.forRoot({ clock, random: () => 0.5 })
 * await clock.advance(30_000);
 * ```
 * @public
 */
export class ManualClock implements Clock {
  /** Epoch milliseconds at the clock's zero; set it to test HTTP-dates. */
  epoch = Date.UTC(2026, 0, 1);
  private readonly timers = new Set<Timer>();
  private current: number;
  /** Where the advances that are under way will end. */
  private target: number;

  /** @param startMs - what `now()` says at first, in milliseconds */
  constructor(startMs = 0) {
    this.current = this.target = startMs;
  }

  /** Monotonic milliseconds. */
  now(): number {
    return this.current;
  }

  /** Epoch milliseconds: {@link ManualClock.epoch} and what has passed since. */
  wallNow(): number {
    return this.epoch + this.current;
  }

  /** Runs `fn` once the clock has been advanced by `ms` milliseconds. */
  setTimeout(fn: () => void, ms: number): unknown {
    const timer: Timer = { at: this.current + Math.max(0, ms), fn };
    this.timers.add(timer);
    return timer;
  }

  /** Forgets a timer. */
  clearTimeout(handle: unknown): void {
    this.timers.delete(handle as Timer);
  }

  /** Timers that are waiting. */
  get pending(): number {
    return this.timers.size;
  }

  /**
   * Moves time by `ms` and runs what falls due, in order, with the promise reactions in between. Retries without a delay
   * belong to the moment at which they begin: time stands still until there are no more, for 1000 turns of the event loop
   * at most.
   */
  async advance(ms: number): Promise<void> {
    const end = (this.target += ms);
    await untilQuiet();
    for (let timer = this.next(end); timer; timer = this.next(end)) {
      this.timers.delete(timer);
      this.current = Math.max(this.current, timer.at);
      timer.fn();
      await untilQuiet();
    }
    this.current = Math.max(this.current, end);
    await untilQuiet();
  }

  private next(end: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.timers) {
      if (timer.at <= end && (!first || timer.at < first.at)) first = timer;
    }
    return first;
  }
}
