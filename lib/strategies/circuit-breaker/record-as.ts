import { classifyByStatus, classifyFailure } from '../../failures/classify-failure.js';
import type { ClassifyFailure } from '../../failures/classify-failure.js';
import { explainFailure, withoutOrders } from '../../failures/explain-failure.js';
import type { RecordAs } from './circuit-breaker.options.js';

/**
 * Derives from an error what it says of the upstream's health: what the failure rules say, as long as a user's `classify` is
 * of their opinion. Else transient and unknown errors count against the upstream, and permanent ones are ignored. A server's
 * order to retry or not (`x-should-retry`) is for the retry alone.
 */
export function recordFailureAs(error: unknown, classify: ClassifyFailure): RecordAs {
  const rules = withoutOrders(() => explainFailure(error));
  if (classify === classifyFailure) return rules.circuit;
  const kind = classifyByStatus(error, classify);
  if (kind === rules.kind) return rules.circuit;
  return kind === 'permanent' ? 'ignore' : 'failure';
}
