/** The states of a circuit. `forced-open` and `disabled` are set by hand and left by `reset()` only. */
export type CircuitState = 'closed' | 'open' | 'half-open' | 'forced-open' | 'disabled';

/** The figures of a circuit at one moment. */
export interface CircuitMetrics {
  /** Failures in a row. */
  readonly consecutiveFailures: number;
  /** Calls recorded in the window; 0 where no rate is configured. */
  readonly calls: number;
  readonly failures: number;
  readonly slowCalls: number;
  /** Share of failed calls in the window, 0 to 1. */
  readonly failureRate: number;
  /** Share of slow calls in the window, 0 to 1. */
  readonly slowCallRate: number;
  /** Calls refused since the circuit was made. */
  readonly rejected: number;
}

/** A circuit as plain JSON. */
export interface CircuitSnapshot {
  readonly name: string;
  readonly state: CircuitState;
  readonly metrics: CircuitMetrics;
  /** For an open circuit: milliseconds until a trial is let through. */
  readonly retryAfter?: number;
}

/** What a circuit's `admit` answers instead of a permit. */
export const REFUSED = -1;
