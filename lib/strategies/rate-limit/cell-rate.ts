import type { Clock } from '../../clock/clock.js';
import type { ResolvedRateLimit } from './rate-limit.options.js';

/**
 * The generic cell rate algorithm (ITU-T I.371): one number, the theoretical arrival time, says it all. It is kept
 * in milliseconds times `limit`, so that a third of a second is a whole number and nothing drifts.
 */
export class CellRate {
  /** Moment at which the next attempt would be due if all came evenly, in milliseconds times the limit. */
  private dueTime = -Infinity;
  private limit = 1;
  private interval = 1;
  private tolerance = 0;

  constructor(
    options: ResolvedRateLimit,
    private readonly clock: Clock,
  ) {
    this.configure(options);
  }

  /** Moment from which the next attempt may begin, in monotonic milliseconds. */
  get turn(): number {
    return (this.dueTime - this.tolerance) / this.limit;
  }

  /** Milliseconds between two attempts, if all come evenly. */
  get spacing(): number {
    return this.interval / this.limit;
  }

  /** Applies other options; attempts that have begun stay counted. */
  reconfigure(options: ResolvedRateLimit): void {
    const { limit } = this;
    this.configure(options);
    this.dueTime = (this.dueTime / limit) * this.limit;
  }

  /** True if an attempt may begin now; then it is counted. */
  take(): boolean {
    const now = this.clock.now();
    if (this.turn > now) return false;
    this.count(now);
    return true;
  }

  /** Counts an attempt that begins at `now`, in monotonic milliseconds. */
  count(now: number): void {
    this.dueTime = Math.max(this.dueTime, now * this.limit) + this.interval;
  }

  /** Takes back the count of the last attempt, which did not begin. */
  giveBack(): void {
    this.dueTime -= this.interval;
  }

  /** True if nothing is left of the attempts before `now`. */
  isIdleAt(now: number): boolean {
    return this.dueTime <= now * this.limit;
  }

  /** Attempts that may begin at `now` without a wait. */
  availableAt(now: number): number {
    const ahead = Math.max(0, this.dueTime - now * this.limit);
    return Math.max(0, Math.floor((this.tolerance - ahead) / this.interval) + 1);
  }

  private configure({ limit, interval, burst }: ResolvedRateLimit): void {
    this.limit = limit as number;
    this.interval = interval as number;
    this.tolerance = ((burst ?? this.limit) - 1) * this.interval;
  }
}
