import type { Call } from '../execution.js';
import type { PipelineParts } from '../pipeline-parts.js';
import type { Operation } from '../operation.js';

/** What the last attempt failed with, if it failed. */
type Failure = { readonly error: unknown } | undefined;

/** True if another attempt may run beside those that do: then it has been taken from the retry budget. */
export function mayHedge({ task }: Call, parts: PipelineParts, failure: Failure): boolean {
  const { hedge, retry, tools } = parts;
  if (!hedge || task.signal?.aborted || tools.lifetime.isEnding) return false;
  if (!isRepeatable(task, failure) || (failure && !hedge.repeats(failure.error))) return false;
  const budget = retry ? retry.budget : hedge.budget;
  return budget?.tryTake() ?? true;
}

function isRepeatable({ mayHedge: isAllowed, mayRepeat }: Operation, failure: Failure): boolean {
  return isAllowed ?? mayRepeat?.(failure?.error) ?? true;
}
