import type { Destination } from '../../pipeline/destinations.js';
import type { Endpoint } from './endpoint.js';

/** An endpoint, and how it has answered one call so far. */
export class Candidate implements Destination {
  notBefore = -Infinity;
  /** Number of the last attempt that went to it; 0 for none. */
  lastAttempt = 0;
  /** True if it has refused the call: its guards did, or its connection never came about. */
  hasRefused = false;
  /** True if no failover of this call leads to it any more. */
  isSpent = false;

  constructor(
    readonly endpoint: Endpoint,
    readonly key: string,
  ) {}

  get args(): readonly unknown[] {
    return this.endpoint.args;
  }
}

/** The endpoints of a client, as one call has met them. It decides where the next attempt goes, and does nothing else. */
export class EndpointChoice {
  private readonly byAttempt = new Map<number, Candidate>();

  /** @param all - in the order in which the call begins with them */
  constructor(readonly all: readonly Candidate[]) {}

  /**
   * The endpoints for the next attempt: those that this call has not asked yet in their order, then those that it has, the one
   * asked longest ago first, and last those that have refused it.
   */
  ranked(isFailover: boolean): readonly Candidate[] {
    if (!isFailover && this.byAttempt.size === 0 && this.all.every(({ hasRefused }) => !hasRefused))
      return this.all;
    const candidates = isFailover ? this.all.filter(({ isSpent }) => !isSpent) : [...this.all];
    return candidates.sort(
      (one, other) =>
        Number(one.hasRefused) - Number(other.hasRefused) || one.lastAttempt - other.lastAttempt,
    );
  }

  /** The endpoint to which an attempt went. */
  of(attempt: number): Candidate | undefined {
    return this.byAttempt.get(attempt);
  }

  choose(candidate: Candidate, attempt: number, isFailover: boolean): void {
    this.byAttempt.set(attempt, candidate);
    candidate.lastAttempt = attempt;
    candidate.hasRefused = false;
    candidate.notBefore = -Infinity;
    if (isFailover) candidate.isSpent = true;
  }

  passOver(candidate: Candidate): void {
    candidate.hasRefused = true;
  }

  /** Notes that no connection to the endpoint came about; true if another one is left for a failover. */
  failToConnect(candidate: Candidate): boolean {
    candidate.hasRefused = true;
    candidate.isSpent = true;
    return this.all.some(({ isSpent }) => !isSpent);
  }
}
