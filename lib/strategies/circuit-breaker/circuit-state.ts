/** The states of a circuit. `forced-open` and `disabled` are set by hand and left by `reset()` only. @public */
export type CircuitState = 'closed' | 'open' | 'half-open' | 'forced-open' | 'disabled';

/** The figures of a circuit at one moment. @public */
export interface CircuitMetrics {
  /** Failures in a row. */
  readonly consecutiveFailures: number;
  /** Calls recorded in the window; 0 where no rate is configured. */
  readonly calls: number;
  /** Failed calls in the window. */
  readonly failures: number;
  /** Slow calls in the window, failed or not. */
  readonly slowCalls: number;
  /** Share of failed calls in the window, 0 to 1. */
  readonly failureRate: number;
  /** Share of slow calls in the window, 0 to 1. */
  readonly slowCallRate: number;
  /** Calls refused since the circuit was made. */
  readonly rejected: number;
}

/** A circuit as plain JSON. @public */
export interface CircuitSnapshot {
  /** `orders`, or `orders[tenant-1]` for a keyed circuit. */
  readonly name: string;
  /** Closed, open, half-open, or set by hand. */
  readonly state: CircuitState;
  /** The figures of the moment. */
  readonly metrics: CircuitMetrics;
  /** For an open circuit: milliseconds until a trial is let through. */
  readonly retryAfter?: number;
}

/**
 * One circuit breaker: its figures, and the means to move it by hand.
 *
 * @example
 * ```ts
 * const circuit = circuits.get('payments');
 * if (circuit?.state === 'open') console.log(`next trial in ${circuit.retryAfter} ms`);
 * circuit?.reset();
 * ```
 * @public
 */
export interface Circuit {
  /** `orders`, or `orders[tenant-1]` for a keyed circuit. */
  readonly name: string;
  /** An open circuit stays `open` until a call is admitted: transitions are lazy. */
  readonly state: CircuitState;
  /** Milliseconds until an open circuit lets a trial through; undefined in every other state. */
  readonly retryAfter: number | undefined;
  /** The figures of this moment. */
  readonly metrics: CircuitMetrics;
  /** The circuit as plain JSON. */
  snapshot(): CircuitSnapshot;
  /** Refuses every call until `reset()`. */
  forceOpen(): void;
  /** Lets every call through and counts nothing until `reset()`. */
  disable(): void;
  /** Closes the circuit and forgets what was counted; calls under way no longer count. */
  reset(): void;
}
