import type { Outcome } from './outcome.js';

/** One of the places to which an attempt may go, with guards of its own. */
export interface Destination {
  /** The key of its guards. */
  readonly key: string;
  /** The arguments for those guards that are found by them. */
  readonly args: readonly unknown[];
  /** Monotonic milliseconds before which it wants no attempt of this call; -Infinity if it has not said so. */
  readonly notBefore: number;
}

/**
 * The places among which a call chooses for each attempt, such as the endpoints of an HTTP client. The operation ranks them and
 * remembers how they have answered; the engine asks their guards and makes the attempts.
 */
export interface Destinations {
  /** Waits until the places are known, and rejects with the reason why they are not; undefined if they are. */
  ready(): Promise<unknown> | undefined;
  /** The places for the next attempt, in the order in which their guards are asked. */
  ranked(isFailover: boolean): readonly Destination[];
  /** Notes that the guards of a place have refused an attempt, which was not made. */
  passOver(destination: Destination): void;
  /** Notes that an attempt goes to a place. */
  choose(destination: Destination, attempt: number, isFailover: boolean): void;
  /** The key of the place to which an attempt went. */
  keyOf(attempt: number): string | undefined;
  /** Notes how an attempt has ended; true if its connection never came about and another place may be asked at once. */
  conclude(attempt: number, outcome: Outcome): boolean;
  /** True for an error that this call has met because a connection never came about. */
  isUnreached(error: unknown): boolean;
}

/** The places that want to be asked now. */
export function due(ranked: readonly Destination[], now: number): readonly Destination[] {
  return ranked.filter(({ notBefore }) => notBefore <= now);
}

/** The places that may be asked now; if all want to be left alone, the one whose time is over first. */
export function dueAt(ranked: readonly Destination[], now: number): readonly Destination[] {
  const asked = due(ranked, now);
  if (asked.length > 0 || ranked.length === 0) return asked;
  return [ranked.reduce((first, other) => (other.notBefore < first.notBefore ? other : first))];
}
