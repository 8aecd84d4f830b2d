import type { PipelineParts } from './pipeline-parts.js';

/** The time that a call may take: limits in milliseconds, Infinity for none. */
export interface CallLimits {
  readonly name: string;
  readonly attempt: number;
  readonly total: number;
  readonly maxElapsed: number;
  /** True if several attempts may run at the same time. */
  readonly isHedged: boolean;
}

/** Derives the limits of a pipeline's calls. */
export function limitsOf({ name, timeout, retry, hedge }: PipelineParts): CallLimits {
  const { attempt = Infinity, total = Infinity } = timeout ?? {};
  const maxElapsed = retry?.options.maxElapsed ?? Infinity;
  return { name: timeout?.name ?? name, attempt, total, maxElapsed, isHedged: hedge !== undefined };
}

/** True if the moment in which a call began has to be known before anything has failed: a limit or a guard needs it. */
export function readsClock({ circuitBreaker, bulkhead }: PipelineParts, limits: CallLimits): boolean {
  if (limits.maxElapsed !== Infinity || limits.total !== Infinity) return true;
  const isAdaptive = bulkhead !== undefined && bulkhead.config.options.adaptive !== false;
  return isAdaptive || (circuitBreaker !== undefined && circuitBreaker.config.slowFrom !== Infinity);
}

/** False if the total timeout of a call that began earlier may fall due while its first attempt runs. */
export function endsInTime({ attempt, total }: CallLimits, startedAt: number, now: number): boolean {
  return now + attempt < startedAt + total;
}
