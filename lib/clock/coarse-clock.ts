import type { Clock } from './clock.js';
import { systemClock, unrefTimer } from './system-clock.js';

/** How long a tick lasts, in milliseconds. */
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
 */
export class CoarseClock {
  private tick: Tick | undefined = undefined;
  private wasRead = false;
  private stopped = false;
  private timer: unknown;

  /** @param isCheaper - true if ticks save anything: a clock that is moved by hand is read for nothing, and is exact */
  constructor(
    private readonly clock: Clock,
    readonly isCheaper = clock === systemClock,
  ) {}

  /** Milliseconds of `Clock.now()`, at most one tick old. */
  now(): number {
    return this.current.start;
  }

  /** The tick that it is now: it began no later than now, and has not ended. */
  get current(): Tick {
    this.wasRead = true;
    return this.tick ?? this.start();
  }

  /** Ends the ticking for good; later reads go to the clock itself. */
  stop(): void {
    this.stopped = true;
    if (this.tick) this.tick.end = this.clock.now();
    this.tick = undefined;
    this.clock.clearTimeout(this.timer);
  }

  private start(): Tick {
    const tick = new Tick(this.clock.now());
    if (this.stopped) tick.end = tick.start;
    else this.schedule(tick);
    return tick;
  }

  private schedule(tick: Tick): void {
    this.tick = tick;
    this.wasRead = false;
    this.timer = this.clock.setTimeout(this.onTick, TICK_MS);
    unrefTimer(this.timer);
  }

  private readonly onTick = (): void => {
    const now = this.clock.now();
    if (this.tick) this.tick.end = now;
    if (this.wasRead) this.schedule(new Tick(now));
    else this.tick = undefined;
  };
}
