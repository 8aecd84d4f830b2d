import { isDeepStrictEqual } from 'node:util';
import { emitEvent } from '../../events/emit-event.js';
import { BulkheadFullException } from '../../exceptions/rejection.exceptions.js';
import { read } from '../../policy/error-chain.js';
import { Guard, MUST_WAIT, REFUSED } from '../guard.js';
import { stateName } from '../keyed-state.js';
import type { State } from '../keyed-state.js';
import { LinkedList } from '../linked-list.js';
import type { Waiter } from '../linked-list.js';
import type { BulkheadConfig, BulkheadSnapshot, BulkheadState } from './bulkhead-config.js';
import { adaptiveLimitOf } from './concurrency-limit.js';
import type { AdaptiveLimit } from './concurrency-limit.js';

/** Limits the attempts that run at once and the calls that wait for a place; it waits for nothing itself. */
export class Bulkhead extends Guard implements State<BulkheadConfig>, BulkheadState {
  readonly strategy = 'bulkhead';
  private occupied = 0;
  private refusals = 0;
  private limitNow: number;
  private adaptive: AdaptiveLimit | undefined;
  /** The calls that wait for a turn: first come, first served. */
  private readonly queue = new LinkedList<Waiter>();

  constructor(
    public config: BulkheadConfig,
    override readonly key?: string,
  ) {
    super();
    this.adaptive = adaptiveLimitOf(config.options);
    this.limitNow = this.adaptive?.current ?? (config.options.maxConcurrent as number);
  }

  get name(): string {
    return stateName(this.config.label, this.key);
  }

  get limit(): number {
    return this.limitNow;
  }

  get running(): number {
    return this.occupied;
  }

  get queued(): number {
    return this.queue.length;
  }

  get isIdle(): boolean {
    return this.occupied === 0 && this.queue.length === 0;
  }

  snapshot(): BulkheadSnapshot {
    const { name, limit, running, queued, refusals: rejected, adaptive } = this;
    return { name, limit, running, queued, rejected, ...(adaptive && { adaptive: adaptive.metrics }) };
  }

  /** Applies other options; running and waiting calls go on. */
  reconfigure(config: BulkheadConfig): void {
    const { options } = this.config;
    this.config = config;
    const isSame =
      isDeepStrictEqual(options.adaptive, config.options.adaptive) &&
      options.maxConcurrent === config.options.maxConcurrent;
    if (!isSame) this.adaptive = adaptiveLimitOf(config.options);
    this.limitNow = this.adaptive?.current ?? (config.options.maxConcurrent as number);
    this.admitWaiting();
  }

  /** True if calls are timed, because the limit is found from their latencies. */
  override get isTimed(): boolean {
    return this.adaptive !== undefined;
  }

  acquire(): number {
    if (this.occupied >= this.limitNow || this.queue.length > 0)
      return this.hasQueueRoom ? MUST_WAIT : REFUSED;
    this.occupied++;
    return 0;
  }

  override succeed(_permit: number, startedAt: number): void {
    this.leave(this.isTimed ? this.config.deps.clock.now() - startedAt : undefined);
  }

  /**
   * Frees the place of a failed attempt. One that fails at once says nothing of the upstream's latency; one that ran
   * out of time does.
   */
  override fail(permit: number, error: unknown, startedAt: number): void {
    if (read(error, 'code') === 'RESILIENCE_TIMEOUT') this.succeed(permit, startedAt);
    else this.leave();
  }

  override release(): void {
    this.leave();
  }

  override get maxQueueWait(): number {
    return this.config.options.maxWait ?? Infinity;
  }

  /** Joins the queue, if there is room in it; on its turn the waiter has a place. */
  override enqueue(waiter: Waiter): boolean {
    if (!this.hasQueueRoom) return false;
    this.queue.add(waiter);
    return true;
  }

  override dequeue(waiter: Waiter): boolean {
    return this.queue.remove(waiter);
  }

  private get hasQueueRoom(): boolean {
    return this.queue.length < this.config.options.maxQueue;
  }

  /** Gives a place back, with the milliseconds that the attempt took if they say something. */
  private leave(latency?: number): void {
    if (latency !== undefined && this.adaptive !== undefined) {
      this.adaptive.observe(latency, this.occupied);
      this.limitNow = this.adaptive.current;
    }
    this.occupied--;
    if (this.queue.length > 0) this.admitWaiting();
  }

  /** Makes the exception of a refused call, counts the refusal and emits its event. */
  refuse(): BulkheadFullException {
    this.refusals++;
    const { name } = this;
    const { label, deps } = this.config;
    emitEvent('bulkhead.rejected', { ...label, key: this.key }, deps, {});
    return new BulkheadFullException({ name });
  }

  private admitWaiting(): void {
    while (this.occupied < this.limitNow) {
      const next = this.queue.shift();
      if (!next) return;
      this.occupied++;
      next.notify();
    }
  }
}
