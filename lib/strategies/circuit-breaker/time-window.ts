import type { OutcomeWindow, WindowTotals } from './outcome-window.js';

const BUCKETS = 10;
const FIELDS = 3;
const CALLS = 0;
const FAILURES = 1;
const SLOW = 2;

/** The outcomes of the last span of time, in ten buckets; a bucket leaves as a whole. */
export class TimeWindow implements OutcomeWindow {
  private readonly counts = new Uint32Array(BUCKETS * FIELDS);
  private readonly sums = [0, 0, 0];
  private readonly bucketSpan: number;
  /** Number of the bucket that is written, since the clock's zero. */
  private current = -Infinity;

  constructor(span: number) {
    this.bucketSpan = span / BUCKETS;
  }

  record(failed: boolean, slow: boolean, now: number): void {
    this.moveTo(now);
    this.add(CALLS);
    if (failed) this.add(FAILURES);
    if (slow) this.add(SLOW);
  }

  totals(now: number): WindowTotals {
    this.moveTo(now);
    const [calls, failures, slow] = this.sums as [number, number, number];
    return { calls, failures, slow };
  }

  private add(field: number): void {
    const at = this.offset(this.current) + field;
    this.counts[at] = this.counts[at] + 1;
    this.sums[field] = this.sums[field] + 1;
  }

  private offset(bucket: number): number {
    return (((bucket % BUCKETS) + BUCKETS) % BUCKETS) * FIELDS;
  }

  private moveTo(now: number): void {
    const bucket = Math.floor(now / this.bucketSpan);
    if (bucket <= this.current) return;
    const passed = Math.min(BUCKETS, bucket - this.current);
    for (let step = 0; step < passed; step++) this.clear(bucket - step);
    this.current = bucket;
  }

  private clear(bucket: number): void {
    const offset = this.offset(bucket);
    for (let field = 0; field < FIELDS; field++) {
      this.sums[field] = this.sums[field] - this.counts[offset + field];
      this.counts[offset + field] = 0;
    }
  }
}
