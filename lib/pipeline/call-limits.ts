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
