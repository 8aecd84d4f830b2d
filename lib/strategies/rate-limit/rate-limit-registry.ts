import { StateRegistry } from '../state-registry.js';

/** The figures of a rate limit at one moment, as plain JSON. @public */
export interface RateLimitSnapshot {
  /** `orders`, or `orders[tenant-1]` for a key. */
  readonly name: string;
  /** Attempts that may begin in the interval. */
  readonly limit: number;
  /** The interval in milliseconds. */
  readonly interval: number;
  /** Attempts that may begin now without a wait. */
  readonly available: number;
  /** Calls that wait for their turn. */
  readonly queued: number;
  /** Calls refused since the rate limit was made. */
  readonly rejected: number;
}

/** A rate limit at work, as `RateLimitRegistry` shows it. @public */
export interface RateLimitState {
  /** `orders`, or `orders[tenant-1]` for a key. */
  readonly name: string;
  /** Attempts that may begin now without a wait. */
  readonly available: number;
  /** Calls that wait for their turn. */
  readonly queued: number;
  /** The rate limit as plain JSON. */
  snapshot(): RateLimitSnapshot;
}

/**
 * All rate limits of one application; inject it to see how much of a limit is left and how many calls wait.
 *
 * @example
 * ```ts
 * for (const { name, available, queued } of rateLimits.snapshot()) console.log(name, available, queued);
 * ```
 * @public
 */
export class RateLimitRegistry extends StateRegistry<RateLimitState, RateLimitSnapshot> {}
