import type { Execution } from '../execution.js';
import type { Operation } from '../operation.js';
import type { PipelineParts } from '../pipeline-parts.js';

/** The error of the last attempt, if it failed. */
type Failure = { readonly error: unknown } | undefined;

/** True if another attempt may run beside those that do: then it has been taken from the retry budget. */
export function mayHedge({ operation }: Execution, parts: PipelineParts, failure: Failure): boolean {
  const { hedge, retry, deps } = parts;
  if (!hedge || operation.signal?.aborted || deps.shutdown.isDraining) return false;
  if (!isRepeatable(operation, failure) || (failure && !hedge.repeats(failure.error))) return false;
  const budget = retry ? retry.budget : hedge.budget;
  return budget?.tryTake() ?? true;
}

function isRepeatable({ mayHedge: isAllowed, mayRepeat }: Operation, failure: Failure): boolean {
  return isAllowed ?? mayRepeat?.(failure?.error) ?? true;
}
