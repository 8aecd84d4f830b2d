/** The sums of a window. */
export interface WindowTotals {
  readonly calls: number;
  readonly failures: number;
  readonly slow: number;
}

/** The counts of one circuit, which only the window understands: plain numbers, as there may be a hundred thousand circuits. */
export type Counts = readonly number[];

/** The rule by which recent outcomes count and leave, for all circuits that share its options. */
export interface OutcomeWindow {
  /** Counts an outcome, at first among none; answers with all that are counted now. `now` is monotonic milliseconds. */
  record(counts: Counts | undefined, outcome: { failed: boolean; slow: boolean }, now: number): Counts;
  totals(counts: Counts, now: number): WindowTotals;
}
