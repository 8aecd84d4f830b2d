import type { Clock } from './clock.js';
import { unrefTimer } from './system-clock.js';

const TICK_MS = 50;

/**
 * Monotonic time that may lag by one tick, for counting on the success path: a read is a field load where
 * `Clock.now()` would cost more than the rest of a call. One timer serves the whole application, it does not
 * hold the process open, and it stops by itself after one tick without a reader.
 */
export class CoarseClock {
  private value = 0;
  private ticking = false;
  private wasRead = false;
  private stopped = false;
  private timer: unknown;

  constructor(private readonly clock: Clock) {}

  /** Milliseconds of `Clock.now()`, at most one tick old. */
  now(): number {
    this.wasRead = true;
    return this.ticking ? this.value : this.start();
  }

  /** Ends the ticking for good; later reads go to the clock itself. */
  stop(): void {
    this.stopped = true;
    this.ticking = false;
    this.clock.clearTimeout(this.timer);
  }

  private start(): number {
    this.value = this.clock.now();
    if (!this.stopped) {
      this.ticking = true;
      this.schedule();
    }
    return this.value;
  }

  private schedule(): void {
    this.wasRead = false;
    this.timer = this.clock.setTimeout(this.tick, TICK_MS);
    unrefTimer(this.timer);
  }

  private readonly tick = (): void => {
    if (!this.wasRead) {
      this.ticking = false;
      return;
    }
    this.value = this.clock.now();
    this.schedule();
  };
}
