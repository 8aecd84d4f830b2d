import type { OutcomeWindow, WindowTotals } from './outcome-window.js';

const BUCKETS = 10;
/** A bucket's number since the clock's zero, and what it counts. */
const FIELDS = 4;
const CALLS = 1;
const FAILURES = 2;
const SLOW = 3;

/**
 * The outcomes of the last span of time, in ten buckets; a bucket leaves as a whole. Only buckets that have seen
 * a call exist, oldest first, side by side in one array: a quiet circuit has one.
 */
export class TimeWindow implements OutcomeWindow {
  private buckets: number[] = [];
  private calls = 0;
  private failures = 0;
  private slow = 0;

  constructor(private readonly span: number) {}

  record(failed: boolean, slow: boolean, now: number): void {
    const at = this.bucketAt(now);
    this.calls++;
    this.buckets[at + CALLS]++;
    if (failed) {
      this.failures++;
      this.buckets[at + FAILURES]++;
    }
    if (slow) {
      this.slow++;
      this.buckets[at + SLOW]++;
    }
  }

  totals(now: number): WindowTotals {
    this.dropOld(this.numberAt(now));
    return { calls: this.calls, failures: this.failures, slow: this.slow };
  }

  private numberAt(now: number): number {
    return Math.floor((now * BUCKETS) / this.span);
  }

  /** Where the bucket of this moment begins. A moment before the newest bucket, of a clock that lags, is of that bucket. */
  private bucketAt(now: number): number {
    const number = this.numberAt(now);
    const newest = this.buckets.length - FIELDS;
    if (newest >= 0 && this.buckets[newest] >= number) return newest;
    this.dropOld(number);
    this.buckets = this.buckets.concat(number, 0, 0, 0);
    return this.buckets.length - FIELDS;
  }

  private dropOld(number: number): void {
    let gone = 0;
    while (gone < this.buckets.length && this.buckets[gone] <= number - BUCKETS) {
      this.calls -= this.buckets[gone + CALLS];
      this.failures -= this.buckets[gone + FAILURES];
      this.slow -= this.buckets[gone + SLOW];
      gone += FIELDS;
    }
    if (gone > 0) this.buckets = this.buckets.slice(gone);
  }
}
