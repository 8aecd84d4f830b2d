import { parseSpan } from '../../policy/duration.js';
import type { BackoffContext, ResolvedRetry } from './retry.options.js';

type Random = () => number;

/**
 * The wait before a retry in milliseconds: backoff, capped by `maxDelay`, then jitter
 * (formulas: Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
 *
 * @throws TypeError if a user's backoff function returns something that is not a duration
 */
export function backoffDelay(options: ResolvedRetry, context: BackoffContext, random: Random): number {
  const { baseDelay, maxDelay } = options;
  const jitter = jitterOf(options);
  if (jitter === 'decorrelated') {
    const previous = context.previousDelay ?? baseDelay;
    return Math.min(maxDelay, between(baseDelay, Math.max(baseDelay, 3 * previous), random));
  }
  return spread(Math.min(maxDelay, rawDelay(options, context)), jitter, maxDelay, random);
}

/** The jitter in force: none for a backoff function unless it is asked for, else full. */
export function jitterOf({ jitter, backoff }: ResolvedRetry): NonNullable<ResolvedRetry['jitter']> {
  return jitter ?? (typeof backoff === 'function' ? 'none' : 'full');
}

function rawDelay({ backoff, baseDelay, multiplier }: ResolvedRetry, context: BackoffContext): number {
  if (typeof backoff === 'function') return userDelay(backoff(context));
  if (backoff === 'constant' || baseDelay === 0) return baseDelay;
  if (backoff === 'linear') return baseDelay * context.retry;
  return baseDelay * multiplier ** (context.retry - 1);
}

function userDelay(value: unknown): number {
  const delay = parseSpan(value);
  if (delay === undefined)
    throw new TypeError(`backoff() must return a duration, it returned ${String(value)}`);
  return delay;
}

function spread(delay: number, jitter: string | number, maxDelay: number, random: Random): number {
  if (typeof jitter === 'number') return Math.min(maxDelay, delay * (1 - jitter + 2 * jitter * random()));
  if (jitter === 'full') return between(0, delay, random);
  return jitter === 'equal' ? delay / 2 + between(0, delay / 2, random) : delay;
}

function between(low: number, high: number, random: Random): number {
  return low + random() * (high - low);
}
