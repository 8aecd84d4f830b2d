import { announce } from '../../events/announce.js';
import { RateLimitExceededException } from '../../exceptions/rejection.exceptions.js';
import { withoutStack } from '../../exceptions/resilience.exception.js';
import type { Label } from '../label.js';
import { stateName } from '../state-family.js';
import type { State, StateFamily, StatePlan, StateTools } from '../state-family.js';
import { Chain } from '../chain.js';
import type { Waiter } from '../chain.js';
import type { ResolvedRateLimit } from './rate-limit.options.js';

/** Calls back at a time: the port through which a limit, which touches no timer, has its line served. */
export interface Alarm {
  /** Rings once at a moment in monotonic milliseconds; a new moment takes the place of the old one. */
  set(at: number): void;
  clear(): void;
}

/** The options of a rate limit, shared by those of all its keys. */
export interface RateLimitPlan extends StatePlan {
  readonly label: Label;
  readonly options: ResolvedRateLimit;
  readonly tools: StateTools;
  readonly newAlarm: (ring: () => void) => Alarm;
}

/**
 * The generic cell rate algorithm (ITU-T I.371): one number, the theoretical arrival time, says it all. It is kept
 * in milliseconds times `limit`, so that a third of a second is a whole number and nothing drifts.
 */
export class RateLimit implements State<RateLimitPlan> {
  /** When the next attempt would be due if all came evenly, in milliseconds times the limit. */
  private dueTime = -Infinity;
  private limit = 1;
  private interval = 1;
  private tolerance = 0;
  /** Who waits for a turn: first come, first served. */
  private readonly line = new Chain<Waiter>();
  private readonly alarm: Alarm;

  constructor(
    /** @internal */ public plan: RateLimitPlan,
    private readonly key?: string,
  ) {
    this.alarm = plan.newAlarm(() => this.serve());
    this.configure(plan.options);
  }

  /** `orders`, or `orders[tenant-1]` for a key. */
  get name(): string {
    return stateName(this.plan.label, this.key);
  }

  get isIdle(): boolean {
    return this.line.length === 0 && this.dueTime <= this.plan.tools.clock.now() * this.limit;
  }

  /** Calls that wait for their turn. */
  get queued(): number {
    return this.line.length;
  }

  /** Other options from now on; what was let through stays counted, who waits waits on. */
  adopt(plan: RateLimitPlan): void {
    const { limit } = this;
    this.plan = plan;
    this.configure(plan.options);
    this.dueTime = (this.dueTime / limit) * this.limit;
    if (this.line.length > 0) this.serve();
  }

  /** True if an attempt may begin now and nobody waits; then it is counted. */
  take(now: number): boolean {
    if (this.line.length > 0 || this.turnAt > now) return false;
    this.count(now);
    return true;
  }

  /** Milliseconds until another call would have its turn, behind all who wait. */
  waitAt(now: number): number {
    return Math.max(0, this.turnAt - now) + (this.line.length * this.interval) / this.limit;
  }

  /** Joins the line unless its turn would come too late; on its turn the waiter has been counted. */
  queue(waiter: Waiter, now: number): boolean {
    if (this.waitAt(now) > this.plan.options.maxWait) return false;
    this.line.add(waiter);
    if (this.line.length === 1) this.alarm.set(this.turnAt);
    return true;
  }

  /** Gives up waiting, so that the others move up; false if it was the waiter's turn before. */
  giveUp(waiter: Waiter): boolean {
    const wasWaiting = this.line.remove(waiter);
    if (wasWaiting && this.line.length === 0) this.alarm.clear();
    return wasWaiting;
  }

  /** What a refused call is told; announces it. */
  refuse(now: number): RateLimitExceededException {
    const { name } = this;
    const retryAfter = this.waitAt(now);
    const { label, tools } = this.plan;
    announce('rate-limit.rejected', { name, policy: label.policy }, tools, { retryAfter });
    return withoutStack(() => new RateLimitExceededException({ name, retryAfter }));
  }

  /** When the next attempt may begin. */
  private get turnAt(): number {
    return (this.dueTime - this.tolerance) / this.limit;
  }

  private count(now: number): void {
    this.dueTime = Math.max(this.dueTime, now * this.limit) + this.interval;
  }

  /** Lets through whose turn it is. */
  private serve(): void {
    const now = this.plan.tools.clock.now();
    while (this.line.length > 0 && this.turnAt <= now) {
      const next = this.line.shift();
      this.count(now);
      next?.tell();
    }
    if (this.line.length > 0) this.alarm.set(this.turnAt);
    else this.alarm.clear();
  }

  private configure({ limit, interval, burst }: ResolvedRateLimit): void {
    this.limit = limit as number;
    this.interval = interval as number;
    this.tolerance = ((burst ?? this.limit) - 1) * this.interval;
  }
}

/** The rate limits of one name. */
export type RateLimitFamily = StateFamily<RateLimit, RateLimitPlan>;
