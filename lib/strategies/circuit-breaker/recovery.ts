import type { CircuitConfig } from './circuit-config.js';

/**
 * The state of a circuit from its first opening until it closes: the time that it stays open, its re-openings, and the
 * trials of the half-open period with the moments at which they began.
 */
export class Recovery {
  /** Moment until which the circuit is open, in monotonic milliseconds. */
  openUntil = 0;
  /** Milliseconds that were left when it was last asked. */
  timeLeft = 0;
  /** Trials that have succeeded in this half-open period. */
  successes = 0;
  private openings = 0;
  private readonly trials = new Map<number, number>();

  /** Opens, or opens again, after a failure that may carry a Retry-After. */
  open(config: CircuitConfig, since: number, error: unknown): void {
    this.openUntil = config.openUntil(this.openings++, since, error);
    this.trials.clear();
    this.successes = 0;
  }

  isOpenAt(moment: number): boolean {
    this.timeLeft = this.openUntil - moment;
    return this.timeLeft > 0;
  }

  get trialsUnderWay(): number {
    return this.trials.size;
  }

  beginTrial(permit: number, now: number): void {
    this.trials.set(permit, now);
  }

  /** False if the permit is not of this period. */
  hasTrial(permit: number): boolean {
    return this.trials.has(permit);
  }

  endTrial(permit: number): void {
    this.trials.delete(permit);
  }

  /** The beginning of the trial that is under way for the longest time; Infinity without one. */
  get oldestTrial(): number {
    // insertion order is time order
    for (const startedAt of this.trials.values()) return startedAt;
    return Infinity;
  }
}
