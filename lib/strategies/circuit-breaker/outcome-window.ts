/** What a window adds up to. */
export interface WindowTotals {
  readonly calls: number;
  readonly failures: number;
  readonly slow: number;
}

/** The outcomes of recent calls; when they leave is the window's own business. */
export interface OutcomeWindow {
  /** Counts an outcome; `now` is monotonic milliseconds. */
  record(failed: boolean, slow: boolean, now: number): void;
  totals(now: number): WindowTotals;
}
