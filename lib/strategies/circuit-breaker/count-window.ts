import type { OutcomeWindow, WindowTotals } from './outcome-window.js';

const FAILED = 1;
const SLOW = 2;

/** The outcomes of the last n calls, in a ring with one byte a call. */
export class CountWindow implements OutcomeWindow {
  private readonly ring: Uint8Array;
  private next = 0;
  private calls = 0;
  private failures = 0;
  private slow = 0;

  constructor(size: number) {
    this.ring = new Uint8Array(size);
  }

  record(failed: boolean, slow: boolean): void {
    if (this.calls === this.ring.length) this.forget(this.ring[this.next]);
    else this.calls++;
    this.ring[this.next] = (failed ? FAILED : 0) | (slow ? SLOW : 0);
    this.next = this.next + 1 === this.ring.length ? 0 : this.next + 1;
    if (failed) this.failures++;
    if (slow) this.slow++;
  }

  totals(): WindowTotals {
    return { calls: this.calls, failures: this.failures, slow: this.slow };
  }

  private forget(outcome: number): void {
    if (outcome & FAILED) this.failures--;
    if (outcome & SLOW) this.slow--;
  }
}
