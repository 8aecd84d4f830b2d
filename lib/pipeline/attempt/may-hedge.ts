import { isControlFlow } from '../../failures/explain-failure.js';
import type { Execution } from '../execution.js';
import type { Operation } from '../operation.js';
import type { PipelineParts } from '../pipeline-parts.js';

/** The error of the last attempt, if it failed. */
type Failure = { readonly error: unknown } | undefined;

/** True if another attempt may run beside those that do: then it has been taken from the retry budget. */
export function mayHedge({ operation }: Execution, parts: PipelineParts, failure: Failure): boolean {
  const { hedge, retry, deps } = parts;
  if (!hedge || operation.signal?.aborted || deps.shutdown.isDraining) return false;
  if (!isRepeatable(operation, failure) || (failure && !repeats(parts, failure.error))) return false;
  const budget = retry ? retry.budget : hedge.budget;
  return budget?.tryTake() ?? true;
}

/** True if neither the hedge nor the retry beside it rules out an attempt after this error. A user's function may throw: it is reported. */
function repeats({ hedge, retry, deps }: PipelineParts, error: unknown): boolean {
  if (isControlFlow(error)) return false;
  try {
    return hedge?.repeats(error) === true && retry?.repeats(error) !== false;
  } catch (thrown) {
    deps.events.report(`A rule for errors of '${(retry ?? hedge)?.label.name}'`, thrown);
    return false;
  }
}

function isRepeatable(operation: Operation, failure: Failure): boolean {
  return operation.mayHedge ?? operation.mayRepeat?.(failure?.error) ?? true;
}
