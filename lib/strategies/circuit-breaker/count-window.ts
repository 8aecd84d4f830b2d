import type { OutcomeWindow, WindowTotals } from './outcome-window.js';

const FAILED = 1;
const SLOW = 2;
const BITS = 2;
/** As many calls as fit into a small integer, which V8 keeps without an object. */
const CALLS_PER_WORD = 15;

/** The outcomes of the last n calls, in a ring with two bits a call. */
export class CountWindow implements OutcomeWindow {
  private readonly ring: number[];
  private next = 0;
  private calls = 0;
  private failures = 0;
  private slow = 0;

  constructor(private readonly size: number) {
    this.ring = new Array<number>(Math.ceil(size / CALLS_PER_WORD)).fill(0);
  }

  record(failed: boolean, slow: boolean): void {
    const word = Math.floor(this.next / CALLS_PER_WORD);
    const shift = (this.next % CALLS_PER_WORD) * BITS;
    if (this.calls === this.size) this.forget((this.ring[word] >> shift) & (FAILED | SLOW));
    else this.calls++;
    const outcome = (failed ? FAILED : 0) | (slow ? SLOW : 0);
    this.ring[word] = (this.ring[word] & ~((FAILED | SLOW) << shift)) | (outcome << shift);
    this.next = this.next + 1 === this.size ? 0 : this.next + 1;
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
