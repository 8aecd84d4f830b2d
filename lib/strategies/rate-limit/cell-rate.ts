import { TICK_MS } from '../../clock/coarse-clock.js';
import type { Tick } from '../../clock/coarse-clock.js';
import type { StateDeps } from '../keyed-state.js';
import type { ResolvedRateLimit } from './rate-limit.options.js';

/** From this many milliseconds for a whole burst on, a tick is at most a hundredth of it. */
const LEAST_COARSE_BURST = 100 * TICK_MS;

/** A small integer, which is cheaper to count down. */
const MOST_IN_TICK = 2 ** 30;

/**
 * The generic cell rate algorithm (ITU-T I.371): one number, the theoretical arrival time, says it all. It is kept
 * in milliseconds times `limit`, so that a third of a second is a whole number and nothing drifts.
 *
 * Where a clock read costs more than the call, attempts that conform whatever the time is within the tick are only
 * counted, and reckoned as if they had come at its end: never more begin than the limit allows, and whoever is at the
 * limit waits a tick longer at most.
 */
export class CellRate {
  /** When the next attempt would be due if all came evenly, in milliseconds times the limit. */
  private dueTime = -Infinity;
  private limit = 1;
  private interval = 1;
  private tolerance = 0;
  private isCoarse = false;
  /** Attempts that began in the tick, and are not part of {@link dueTime} yet. */
  private counted = 0;
  private tick: Tick | undefined = undefined;
  private room = 0;

  constructor(
    options: ResolvedRateLimit,
    private readonly tools: StateDeps,
  ) {
    this.configure(options);
  }

  /** When the next attempt may begin, as seen from `now`; both in monotonic milliseconds. */
  turnFrom(now: number): number {
    this.reckon(now);
    return (this.dueTime - this.tolerance) / this.limit;
  }

  /** Milliseconds between two attempts, if all come evenly. */
  get spacing(): number {
    return this.interval / this.limit;
  }

  /** Other options from now on; what was let through stays counted. */
  adopt(options: ResolvedRateLimit): void {
    this.reckon(this.tools.clock.now());
    const { limit } = this;
    this.configure(options);
    this.tick = undefined;
    this.dueTime = (this.dueTime / limit) * this.limit;
  }

  /** True if an attempt may begin now; then it is counted. */
  take(): boolean {
    if (this.isCoarse && this.roomIn(this.tools.coarse.current) > 0) {
      this.room--;
      this.counted++;
      return true;
    }
    const now = this.tools.clock.now();
    if (this.turnFrom(now) > now) return false;
    this.count(now);
    return true;
  }

  /** An attempt begins at `now`, in monotonic milliseconds. */
  count(now: number): void {
    this.room = 0;
    this.dueTime = Math.max(this.dueTime, now * this.limit) + this.interval;
  }

  /** The last attempt did not begin. What it had waited for is not counted any more; nothing else changes. */
  giveBack(): void {
    this.reckon(this.tools.clock.now());
    this.dueTime -= this.interval;
  }

  /** True if nothing is left of the attempts before `now`. */
  isIdleAt(now: number): boolean {
    this.reckon(now);
    return this.dueTime <= now * this.limit;
  }

  /** How many attempts may still begin at any time within the tick. */
  private roomIn(tick: Tick): number {
    if (tick === this.tick) return this.room;
    this.reckon(tick.start);
    this.tick = tick;
    const most = Math.min(this.tolerance, tick.start * this.limit - this.dueTime + this.tolerance);
    return (this.room = most < 0 ? 0 : Math.min(MOST_IN_TICK, Math.floor(most / this.interval) + 1));
  }

  private reckon(now: number): void {
    if (this.counted === 0) return;
    const end = Math.min(now, this.tick?.end ?? now);
    this.dueTime = Math.max(this.dueTime, end * this.limit) + this.counted * this.interval;
    this.counted = 0;
    this.room = 0;
  }

  private configure({ limit, interval, burst }: ResolvedRateLimit): void {
    this.limit = limit as number;
    this.interval = interval as number;
    const most = burst ?? this.limit;
    this.tolerance = (most - 1) * this.interval;
    this.isCoarse = this.tools.coarse.isCheaper && most * this.interval >= LEAST_COARSE_BURST * this.limit;
  }
}
