import { emitEvent } from '../../events/emit-event.js';
import { RateLimitExceededException } from '../../exceptions/rejection.exceptions.js';
import type { Label } from '../label.js';
import { Guard, MUST_WAIT, REFUSED } from '../guard.js';
import { stateName } from '../keyed-state.js';
import type { State, KeyedState, StateConfig, StateDeps } from '../keyed-state.js';
import { LinkedList } from '../linked-list.js';
import type { Waiter } from '../linked-list.js';
import { CellRate } from './cell-rate.js';
import type { RateLimitSnapshot, RateLimitState } from './rate-limit-registry.js';
import type { ResolvedRateLimit } from './rate-limit.options.js';

/** Calls back at a time: a limit touches no timer and has its queue served through this port. */
export interface Alarm {
  /** Rings once at a moment in monotonic milliseconds; a new moment takes the place of the old one. */
  set(at: number): void;
  clear(): void;
}

/** The options of a rate limit, shared by those of all its keys. */
export interface RateLimitConfig extends StateConfig {
  readonly label: Label;
  readonly options: ResolvedRateLimit;
  readonly deps: StateDeps;
  readonly newAlarm: (ring: () => void) => Alarm;
}

/** A rate of attempts, and the queue of the calls that wait for their turn. */
export class RateLimit extends Guard implements State<RateLimitConfig>, RateLimitState {
  readonly strategy = 'rateLimit';
  private refusals = 0;
  private readonly rate: CellRate;
  /** The calls that wait for a turn: first come, first served. */
  private readonly queue = new LinkedList<Waiter>();
  private readonly alarm: Alarm;

  constructor(
    /** @internal */ public config: RateLimitConfig,
    override readonly key?: string,
  ) {
    super();
    this.alarm = config.newAlarm(() => this.serve());
    this.rate = new CellRate(config.options, config.deps.clock);
  }

  /** `orders`, or `orders[tenant-1]` for a key. */
  get name(): string {
    return stateName(this.config.label, this.key);
  }

  get isIdle(): boolean {
    return this.queue.length === 0 && this.rate.isIdleAt(this.config.deps.clock.now());
  }

  /** Calls that wait for their turn. */
  get queued(): number {
    return this.queue.length;
  }

  /** Attempts that may begin now without a wait. */
  get available(): number {
    return this.queue.length > 0 ? 0 : this.rate.availableAt(this.config.deps.clock.now());
  }

  snapshot(): RateLimitSnapshot {
    const { name, available, queued, refusals: rejected } = this;
    const { limit, interval } = this.config.options;
    return { name, limit: limit as number, interval: interval as number, available, queued, rejected };
  }

  /** Applies other options; attempts that have begun stay counted, and waiting calls go on waiting. */
  reconfigure(config: RateLimitConfig): void {
    this.config = config;
    this.rate.reconfigure(config.options);
    if (this.queue.length > 0) this.serve();
  }

  /** Gives permission, and counts the attempt, if it may begin now and no other waits. */
  acquire(): number {
    if (this.queue.length === 0 && this.rate.take()) return 0;
    const { clock } = this.config.deps;
    return this.waitAt(clock.now()) > this.config.options.maxWait ? REFUSED : MUST_WAIT;
  }

  /** Milliseconds until another call would have its turn, behind all waiting calls. */
  waitAt(now: number): number {
    return Math.max(0, this.rate.turn - now) + this.queue.length * this.rate.spacing;
  }

  /** Gives the place of an attempt back that did not run. */
  override cancel(): void {
    this.rate.giveBack();
    if (this.queue.length > 0) this.serve();
  }

  /** Joins the queue unless its turn would come too late; on its turn the waiter has been counted. */
  override enqueue(waiter: Waiter, now: number): boolean {
    if (this.waitAt(now) > this.config.options.maxWait) return false;
    this.queue.add(waiter);
    // set each time, because a test may have dropped the timers with the alarm
    this.alarm.set(this.rate.turn);
    return true;
  }

  /** Gives up waiting, so that the others move up; false if it was the waiter's turn before. */
  override dequeue(waiter: Waiter): boolean {
    const wasWaiting = this.queue.remove(waiter);
    if (wasWaiting && this.queue.length === 0) this.alarm.clear();
    return wasWaiting;
  }

  /** Makes the exception of a refused call, counts the refusal and emits its event. */
  refuse(): RateLimitExceededException {
    this.refusals++;
    const { name } = this;
    const { label, deps } = this.config;
    const retryAfter = this.waitAt(deps.clock.now());
    emitEvent('rate-limit.rejected', { ...label, key: this.key }, deps, { retryAfter });
    return new RateLimitExceededException({ name, retryAfter });
  }

  /** Lets the calls through whose turn has come. */
  private serve(): void {
    const now = this.config.deps.clock.now();
    while (this.queue.length > 0 && this.rate.turn <= now) {
      const next = this.queue.shift();
      this.rate.count(now);
      next?.notify();
    }
    if (this.queue.length > 0) this.alarm.set(this.rate.turn);
    else this.alarm.clear();
  }
}

/** The rate limits of one name. */
export type RateLimitFamily = KeyedState<RateLimit, RateLimitConfig>;
