import { classifyFailure } from '../../policy/classify-failure.js';
import type { ClassifyFailure } from '../../policy/classify-failure.js';
import { causeChain, isBare } from '../../policy/error-chain.js';
import { INSTRUCTIVE_STATUSES, statusOf } from '../../policy/http-status.js';
import type { RecordAs } from './circuit-breaker.options.js';

/**
 * What an error says of the upstream's health. Transient and unknown errors count against it; an answered 4xx
 * shows that it works; 421, 425 and 429 come from an upstream that is alive and has said what to do; anything
 * else permanent happened on this side.
 */
export function recordFailureAs(error: unknown, classify: ClassifyFailure): RecordAs {
  // which is unknown or a lost connection: the most common error is told first
  if (classify === classifyFailure && isBare(error)) return 'failure';
  const status = firstStatus(error);
  if (classify(error) !== 'permanent') {
    return status !== undefined && INSTRUCTIVE_STATUSES.has(status) ? 'ignore' : 'failure';
  }
  return status !== undefined && status >= 400 && status < 500 ? 'success' : 'ignore';
}

function firstStatus(error: unknown): number | undefined {
  return causeChain(error)
    .map(statusOf)
    .find((found) => found !== undefined);
}
