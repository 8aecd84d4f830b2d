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
  constructor(private readonly span: number) {}

  record(
    before: readonly number[] | undefined,
    { failed, slow }: { failed: boolean; slow: boolean },
    now: number,
  ): readonly number[] {
    const counts = this.withBucketOf(now, before ?? []);
    const at = counts.length - FIELDS;
    counts[at + CALLS]++;
    if (failed) counts[at + FAILURES]++;
    if (slow) counts[at + SLOW]++;
    return counts;
  }

  totals(counts: readonly number[], now: number): WindowTotals {
    const totals = { calls: 0, failures: 0, slow: 0 };
    for (let at = this.oldest(counts, now); at < counts.length; at += FIELDS) {
      totals.calls += counts[at + CALLS];
      totals.failures += counts[at + FAILURES];
      totals.slow += counts[at + SLOW];
    }
    return totals;
  }

  /** The last bucket is that of this moment. A moment before the newest one, of a clock that lags, is of that bucket. */
  private withBucketOf(now: number, counts: readonly number[]): number[] {
    const number = this.numberAt(now);
    if (counts.length > 0 && counts[counts.length - FIELDS] >= number) return counts as number[];
    return counts.slice(this.oldest(counts, now)).concat(number, 0, 0, 0);
  }

  /** Where the oldest bucket stands that has not left. */
  private oldest(counts: readonly number[], now: number): number {
    const gone = this.numberAt(now) - BUCKETS;
    let at = 0;
    while (at < counts.length && counts[at] <= gone) at += FIELDS;
    return at;
  }

  private numberAt(now: number): number {
    return Math.floor((now * BUCKETS) / this.span);
  }
}
