import { isDeepStrictEqual } from 'node:util';
import { announce } from '../../events/announce.js';
import { BulkheadFullException } from '../../exceptions/rejection.exceptions.js';
import { withoutStack } from '../../exceptions/resilience.exception.js';
import { stateName } from '../keyed-state.js';
import type { State } from '../keyed-state.js';
import { LinkedList } from '../linked-list.js';
import type { Waiter } from '../linked-list.js';
import type { BulkheadPlan, BulkheadSnapshot, BulkheadState } from './bulkhead-plan.js';
import { adaptiveLimitOf } from './concurrency-limit.js';
import type { AdaptiveLimit } from './concurrency-limit.js';

/** Lets so many attempts run at once, and so many wait for a place; it waits for nothing itself. */
export class Bulkhead implements State<BulkheadPlan>, BulkheadState {
  private occupied = 0;
  private refusals = 0;
  private limitNow: number;
  private adaptive: AdaptiveLimit | undefined;
  /** Who waits for a turn: first come, first served. */
  private readonly line = new LinkedList<Waiter>();

  constructor(
    public plan: BulkheadPlan,
    private readonly key?: string,
  ) {
    this.adaptive = adaptiveLimitOf(plan.options);
    this.limitNow = this.adaptive?.current ?? (plan.options.maxConcurrent as number);
  }

  get name(): string {
    return stateName(this.plan.label, this.key);
  }

  get limit(): number {
    return this.limitNow;
  }

  get running(): number {
    return this.occupied;
  }

  get queued(): number {
    return this.line.length;
  }

  get isIdle(): boolean {
    return this.occupied === 0 && this.line.length === 0;
  }

  snapshot(): BulkheadSnapshot {
    const { name, limit, running, queued, refusals: rejected, adaptive } = this;
    return { name, limit, running, queued, rejected, ...(adaptive && { adaptive: adaptive.metrics }) };
  }

  /** Other options from now on; who runs runs on, who waits waits on. */
  adopt(plan: BulkheadPlan): void {
    const { options } = this.plan;
    this.plan = plan;
    const isSame =
      isDeepStrictEqual(options.adaptive, plan.options.adaptive) &&
      options.maxConcurrent === plan.options.maxConcurrent;
    if (!isSame) this.adaptive = adaptiveLimitOf(plan.options);
    this.limitNow = this.adaptive?.current ?? (plan.options.maxConcurrent as number);
    this.admitWaiting();
  }

  /** True if {@link enter} would succeed. */
  get hasRoom(): boolean {
    return this.occupied < this.limitNow && this.line.length === 0;
  }

  /** True if somebody else may wait. */
  get hasQueueRoom(): boolean {
    return this.line.length < this.plan.options.maxQueue;
  }

  /** True if calls are timed. */
  get isAdaptive(): boolean {
    return this.adaptive !== undefined;
  }

  /** Takes a place, if one is free and nobody waits for it. */
  enter(): boolean {
    if (!this.hasRoom) return false;
    this.occupied++;
    return true;
  }

  /** Takes a place of which it is known that it is free. */
  occupy(): void {
    this.occupied++;
  }

  /** Joins the line, if there is room in it; on its turn the waiter has a place. */
  queue(waiter: Waiter): boolean {
    if (!this.hasQueueRoom) return false;
    this.line.add(waiter);
    return true;
  }

  /** Gives up waiting; false if it was the waiter's turn before: then it has a place. */
  giveUp(waiter: Waiter): boolean {
    return this.line.remove(waiter);
  }

  /** Gives a place back, with the milliseconds that the attempt took if they say something. */
  leave(latency?: number): void {
    if (latency !== undefined && this.adaptive !== undefined) {
      this.adaptive.observe(latency, this.occupied);
      this.limitNow = this.adaptive.current;
    }
    this.occupied--;
    if (this.line.length > 0) this.admitWaiting();
  }

  /** What a refused call is told; counts and announces it. */
  refuse(): BulkheadFullException {
    this.refusals++;
    const { name } = this;
    const { label, tools } = this.plan;
    announce('bulkhead.rejected', { name, policy: label.policy }, tools, {});
    return withoutStack(() => new BulkheadFullException({ name }));
  }

  private admitWaiting(): void {
    while (this.occupied < this.limitNow) {
      const next = this.line.shift();
      if (!next) return;
      this.occupied++;
      next.tell();
    }
  }
}
