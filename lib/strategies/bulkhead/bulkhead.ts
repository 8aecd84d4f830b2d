import { isDeepStrictEqual } from 'node:util';
import { emitEvent } from '../../events/emit-event.js';
import { BulkheadFullException } from '../../exceptions/rejection.exceptions.js';
import { read } from '../../policy/error-chain.js';
import { Guard, MUST_WAIT, REFUSED } from '../guard.js';
import { stateName } from '../keyed-state.js';
import type { State } from '../keyed-state.js';
import { LinkedList } from '../linked-list.js';
import type { Waiter } from '../linked-list.js';
import type { BulkheadPlan, BulkheadSnapshot, BulkheadState } from './bulkhead-plan.js';
import { adaptiveLimitOf } from './concurrency-limit.js';
import type { AdaptiveLimit } from './concurrency-limit.js';

/** Lets so many attempts run at once, and so many wait for a place; it waits for nothing itself. */
export class Bulkhead extends Guard implements State<BulkheadPlan>, BulkheadState {
  private occupied = 0;
  private refusals = 0;
  private limitNow: number;
  private adaptive: AdaptiveLimit | undefined;
  /** The calls that wait for a turn: first come, first served. */
  private readonly line = new LinkedList<Waiter>();

  constructor(
    public plan: BulkheadPlan,
    private readonly key?: string,
  ) {
    super();
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

  /** True if calls are timed, because the limit is found from their latencies. */
  override get isTimed(): boolean {
    return this.adaptive !== undefined;
  }

  acquire(): number {
    if (this.occupied >= this.limitNow || this.line.length > 0)
      return this.hasQueueRoom ? MUST_WAIT : REFUSED;
    this.occupied++;
    return 0;
  }

  override succeed(_permit: number, startedAt: number): void {
    this.leave(this.isTimed ? this.plan.tools.clock.now() - startedAt : undefined);
  }

  /** An attempt that fails at once says nothing of how long the upstream takes; one that ran out of time does. */
  override fail(permit: number, error: unknown, startedAt: number): void {
    if (read(error, 'code') === 'RESILIENCE_TIMEOUT') this.succeed(permit, startedAt);
    else this.leave();
  }

  override release(): void {
    this.leave();
  }

  override get maxQueueWait(): number {
    return this.plan.options.maxWait ?? Infinity;
  }

  /** Joins the queue, if there is room in it; on its turn the waiter has a place. */
  override enqueue(waiter: Waiter): boolean {
    if (!this.hasQueueRoom) return false;
    this.line.add(waiter);
    return true;
  }

  override dequeue(waiter: Waiter): boolean {
    return this.line.remove(waiter);
  }

  private get hasQueueRoom(): boolean {
    return this.line.length < this.plan.options.maxQueue;
  }

  /** Gives a place back, with the milliseconds that the attempt took if they say something. */
  private leave(latency?: number): void {
    if (latency !== undefined && this.adaptive !== undefined) {
      this.adaptive.observe(latency, this.occupied);
      this.limitNow = this.adaptive.current;
    }
    this.occupied--;
    if (this.line.length > 0) this.admitWaiting();
  }

  /** Makes the exception of a refused call, counts the refusal and emits its event. */
  refuse(): BulkheadFullException {
    this.refusals++;
    const { name } = this;
    const { label, tools } = this.plan;
    emitEvent('bulkhead.rejected', { ...label, key: this.key }, tools, {});
    return new BulkheadFullException({ name });
  }

  private admitWaiting(): void {
    while (this.occupied < this.limitNow) {
      const next = this.line.shift();
      if (!next) return;
      this.occupied++;
      next.notify();
    }
  }
}
