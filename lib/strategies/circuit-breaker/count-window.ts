import type { OutcomeWindow, WindowTotals } from './outcome-window.js';

const FAILED_BIT = 1;
const SLOW_BIT = 2;
const BITS_PER_CALL = 2;
/** As many calls as fit into a small integer, which V8 keeps without an object. */
const CALLS_PER_WORD = 15;

/** Layout of the counts: the place of the next outcome, the totals, and behind them the words of the ring. */
const NEXT_PLACE = 0;
const CALLS = 1;
const FAILURES = 2;
const SLOW_CALLS = 3;
const FIRST_WORD = 4;

/** The outcomes of the last n calls, in a ring with two bits a call; its words are made as calls come. */
export class CountWindow implements OutcomeWindow {
  constructor(private readonly size: number) {}

  record(
    before: readonly number[] | undefined,
    { failed, slow }: { failed: boolean; slow: boolean },
  ): readonly number[] {
    let counts = (before ?? [0, 0, 0, 0, 0]) as number[];
    const next = counts[NEXT_PLACE];
    const word = FIRST_WORD + Math.floor(next / CALLS_PER_WORD);
    const shift = (next % CALLS_PER_WORD) * BITS_PER_CALL;
    if (word === counts.length) counts = counts.concat(0);
    if (counts[CALLS] === this.size) forget(counts, counts[word] >> shift);
    else counts[CALLS]++;
    const outcome = (failed ? FAILED_BIT : 0) | (slow ? SLOW_BIT : 0);
    counts[word] = (counts[word] & ~((FAILED_BIT | SLOW_BIT) << shift)) | (outcome << shift);
    counts[NEXT_PLACE] = next + 1 === this.size ? 0 : next + 1;
    if (failed) counts[FAILURES]++;
    if (slow) counts[SLOW_CALLS]++;
    return counts;
  }

  totals(counts: readonly number[]): WindowTotals {
    return { calls: counts[CALLS], failures: counts[FAILURES], slow: counts[SLOW_CALLS] };
  }
}

function forget(counts: number[], outcome: number): void {
  if (outcome & FAILED_BIT) counts[FAILURES]--;
  if (outcome & SLOW_BIT) counts[SLOW_CALLS]--;
}
