import type { Clock } from './clock.js';
import { SharedTimer } from './shared-timer.js';
import { systemClock } from './system-clock.js';
import { hasNodeTimers } from './timers.js';

/** Milliseconds that a tick lasts. */
export const TICK_MS = 10;

/** A stretch of time in which the clock is not read; both ends in milliseconds of `Clock.now()`. */
export class Tick {
  /** Infinity as long as it lasts. */
  end = Infinity;

  constructor(readonly start: number) {}
}

/**
 * Monotonic time that may lag by one tick, for counting on the success path: a read is a field load where
 * `Clock.now()` would cost more than the rest of a call. One timer serves the whole application, it does not
 * hold the process open, and it stops by itself after one tick without a reader.
 *
 * On a user's clock, and while a test has fake timers, every read is exact and nothing sets a timer.
 */
export class CoarseClock {
  private tick: Tick | undefined = undefined;
  private wasRead = false;
  private stopped = false;
  private readonly timer: SharedTimer;

  /** @param isCheaper - true if ticks save anything: a clock that is moved by hand is cheap to read, and read exactly */
  constructor(
    private readonly clock: Clock,
    readonly isCheaper = clock === systemClock,
  ) {
    this.timer = new SharedTimer(clock, () => this.onTick());
    this.timer.unref();
  }

  /** Milliseconds of `Clock.now()`, at most one tick old. */
  now(): number {
    return this.current.start;
  }

  /** The tick that it is now: it began no later than now, and has not ended. */
  get current(): Tick {
    this.wasRead = true;
    return this.tick !== undefined && !this.timer.isLost ? this.tick : this.start();
  }

  /** Ends the ticking for good; later reads go to the clock itself. */
  stop(): void {
    this.stopped = true;
    this.endTick(this.clock.now());
    this.timer.cancel();
  }

  private start(): Tick {
    const tick = new Tick(this.clock.now());
    this.endTick(tick.start);
    if (this.isCheaper && !this.stopped && hasNodeTimers()) this.schedule(tick);
    else tick.end = tick.start;
    return tick;
  }

  private schedule(tick: Tick): void {
    this.tick = tick;
    this.wasRead = false;
    this.timer.arm(tick.start + TICK_MS);
  }

  private endTick(now: number): void {
    if (this.tick) this.tick.end = now;
    this.tick = undefined;
  }

  private onTick(): void {
    const now = this.clock.now();
    const isOver = this.tick === undefined;
    this.endTick(now);
    if (!isOver && this.wasRead) this.start();
  }
}
