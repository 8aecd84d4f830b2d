import type { Clock } from '../../clock/clock.js';
import type { CoarseClock, Tick } from '../../clock/coarse-clock.js';
import type { Family } from '../state-registry.js';
import type { RetryBudgetSnapshot, RetryBudgetState } from './retry-budget-registry.js';
import type { ResolvedBudget } from './retry.options.js';

const BUCKETS = 10;

interface Bucket {
  readonly start: number;
  calls: number;
  retries: number;
  /** Latest moment at which the last of them was granted. */
  lastRetry: Pick<Tick, 'end'>;
}

interface Sums {
  readonly calls: number;
  readonly retries: number;
  /** Moment from which on the sums are no longer true. */
  readonly until: number;
}

const BEFORE_ANY_RETRY: Pick<Tick, 'end'> = { end: -Infinity };

const OUTDATED_SUMS: Sums = { calls: 0, retries: 0, until: -Infinity };

/**
 * Keeps retries ≤ ratio · calls + minPerSecond · seconds over a sliding window, for everything that shares it:
 * with a share of 0.2 an outage makes at most 1.2 times the traffic (Google SRE book, ch. 21).
 *
 * Calls are counted on the success path, with the coarse clock. A bucket's calls leave by its oldest and its
 * retries by their newest, so the inequality holds whenever a retry is granted, and never only on average.
 * (Between two retries calls may leave the window before the retries that they have paid for.)
 */
export class RetryBudget implements RetryBudgetState, Family<RetryBudget> {
  private readonly buckets: Bucket[] = [];
  private bucketSpan: number;
  private reserve: number;
  private current: Bucket | undefined;
  private earlier = OUTDATED_SUMS;
  /** Retries of all buckets: of the window, and of some time before it. */
  private kept = 0;
  /** Bucket in which the last call or retry was counted: most are counted in the tick of the one before. */
  private tick: Tick | undefined;

  constructor(
    private options: ResolvedBudget,
    private readonly clock: Clock,
    private readonly coarse: CoarseClock,
    readonly name = 'retry',
  ) {
    this.bucketSpan = options.window / BUCKETS;
    this.reserve = (options.minPerSecond * options.window) / 1000;
  }

  /** Applies other options; earlier calls and retries stay counted. */
  reconfigure(options: ResolvedBudget): void {
    this.options = options;
    this.bucketSpan = options.window / BUCKETS;
    this.reserve = (options.minPerSecond * options.window) / 1000;
    this.earlier = OUTDATED_SUMS;
  }

  get used(): number {
    return this.sumUp(this.clock.now()).retries;
  }

  get limit(): number {
    return this.limitFor(this.sumUp(this.clock.now()).calls);
  }

  snapshot(): RetryBudgetSnapshot {
    const { calls, retries: used } = this.sumUp(this.clock.now());
    return { name: this.name, calls, used, limit: this.limitFor(calls) };
  }

  /** A budget has no keys: it is the only one of its name. */
  list(): RetryBudget[] {
    return [this];
  }

  peek(): RetryBudget[] {
    return [this];
  }

  find(key?: string): RetryBudget | undefined {
    return key === undefined ? this : undefined;
  }

  /** Counts a call, when it begins. */
  countCall(): void {
    this.bucketIn(this.coarse.current).calls++;
  }

  /** Takes one retry out of the budget; false if there is none. */
  tryTake(): boolean {
    // where the reserve is enough it does not matter what time it is, or how many calls there were
    if (this.kept + 1 > this.reserve || !this.coarse.isCheaper) return this.tryTakeAt(this.clock.now());
    const tick = this.coarse.current;
    this.grant(this.bucketIn(tick), tick);
    return true;
  }

  /** True if {@link tryTake} would succeed now. */
  hasRoom(): boolean {
    if (this.kept + 1 <= this.reserve) return true;
    const now = this.clock.now();
    return this.hasRoomIn(this.bucketFor(now), now);
  }

  private tryTakeAt(now: number): boolean {
    const bucket = this.bucketFor(now);
    if (!this.hasRoomIn(bucket, now)) return false;
    this.grant(bucket, { end: now });
    return true;
  }

  private hasRoomIn(bucket: Bucket, now: number): boolean {
    if (now >= this.earlier.until) this.earlier = this.count(now);
    const calls = this.earlier.calls + bucket.calls;
    const retries = this.earlier.retries + bucket.retries + 1;
    // a tolerance: 0.29 · 100 is 28.999999999999996
    return retries <= this.limitFor(calls) + 1e-9;
  }

  private limitFor(calls: number): number {
    return this.options.ratio * calls + this.reserve;
  }

  private grant(bucket: Bucket, moment: Bucket['lastRetry']): void {
    bucket.retries++;
    bucket.lastRetry = moment;
    this.kept++;
  }

  /** Sums the buckets of the window before the current one; the sums hold until the next of them leaves the window. */
  private count(now: number): Sums {
    return this.sumUp(now, this.current);
  }

  /** Sums the buckets of the window but for one; changes nothing. */
  private sumUp(now: number, except?: Bucket): Sums {
    const { window } = this.options;
    const sums = { calls: 0, retries: 0, until: Infinity };
    const isInWindow = (time: number) => {
      if (time <= now - window) return false;
      sums.until = Math.min(sums.until, time + window);
      return true;
    };
    for (const bucket of this.buckets) {
      if (bucket === except) continue;
      if (isInWindow(bucket.start)) sums.calls += bucket.calls;
      if (isInWindow(bucket.lastRetry.end)) sums.retries += bucket.retries;
    }
    return sums;
  }

  private bucketIn(tick: Tick): Bucket {
    if (tick === this.tick && this.current !== undefined) return this.current;
    this.tick = tick;
    return this.bucketFor(tick.start);
  }

  private bucketFor(now: number): Bucket {
    const bucket = this.current;
    return bucket !== undefined && now - bucket.start < this.bucketSpan ? bucket : this.openBucket(now);
  }

  private openBucket(now: number): Bucket {
    this.dropOld(now);
    this.current = { start: now, calls: 0, retries: 0, lastRetry: BEFORE_ANY_RETRY };
    this.buckets.push(this.current);
    this.earlier = OUTDATED_SUMS;
    return this.current;
  }

  /** At most twice the window is kept, in buckets of a tenth of it: the list is bounded. */
  private dropOld(now: number): void {
    const oldest = now - this.options.window;
    const gone = (bucket: Bucket) => bucket.start <= oldest && bucket.lastRetry.end <= oldest;
    for (let first = this.buckets[0]; first !== undefined && gone(first); first = this.buckets[0]) {
      this.buckets.shift();
      this.kept -= first.retries;
    }
  }
}
