import type { PipelineParts } from './pipeline-parts.js';

/** What a call may take: its limits in milliseconds, Infinity for none. */
export interface CallLimits {
  readonly name: string;
  readonly attempt: number;
  readonly total: number;
  readonly maxElapsed: number;
  /** True if several attempts may run at the same time. */
  readonly isHedged: boolean;
}

/** The limits of a pipeline's calls. */
export function limitsOf({ name, timeout, retry, hedge }: PipelineParts): CallLimits {
  const { attempt = Infinity, total = Infinity } = timeout ?? {};
  const maxElapsed = retry?.options.maxElapsed ?? Infinity;
  return { name: timeout?.name ?? name, attempt, total, maxElapsed, isHedged: hedge !== undefined };
}

/** True if a call's beginning has to be known before anything has failed. */
export function readsClock({ retry, circuits }: PipelineParts): boolean {
  const isElapsedLimited = retry?.options.maxElapsed !== undefined;
  return isElapsedLimited || (circuits !== undefined && circuits.plan.slowFrom !== Infinity);
}

/** True if nothing has to be at hand while a first attempt runs: no number, no signal, no other attempt. */
export function mayBeQuick({ timeout, retry, hedge }: PipelineParts): boolean {
  return timeout?.total === undefined && !hedge && retry?.options.retryOnResult === undefined;
}

/** True if a first attempt is the method and a circuit around it, and nothing else. */
export function isPlain({ timeout, rateLimits, bulkheads, fallback }: PipelineParts): boolean {
  return timeout?.attempt === undefined && !rateLimits && !bulkheads && !fallback;
}
