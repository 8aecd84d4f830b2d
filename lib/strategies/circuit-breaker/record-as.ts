import { classifyByStatus, classifyFailure } from '../../policy/classify-failure.js';
import type { ClassifyFailure } from '../../policy/classify-failure.js';
import { causeChain, isBare, ownChain, quietly, read } from '../../policy/error-chain.js';
import { isLocalShortage } from '../../policy/error-codes.js';
import { INSTRUCTIVE_STATUSES, PROXY_AUTHENTICATION_REQUIRED, statusOf } from '../../policy/http-status.js';
import type { RecordAs } from './circuit-breaker.options.js';

/**
 * What an error says of the upstream's health. Transient and unknown errors count against it; an answered 4xx
 * shows that it works; 421, 425, 429 and a transient 403 or 413 come from an upstream that is alive and has said
 * what to do; a shortage on this machine, and anything else permanent, happened on this side. A server's order to
 * retry or not (`x-should-retry`) is for the retry alone.
 */
export function recordFailureAs(error: unknown, classify: ClassifyFailure): RecordAs {
  // which is unknown or a lost connection: the most common error is told first
  if (classify === classifyFailure && isBare(error)) return 'failure';
  const kind = classifyByStatus(error, classify);
  const status = firstStatus(error);
  if (kind === 'permanent') return isAnswer(status) ? 'success' : 'ignore';
  const isInstructive = status !== undefined && INSTRUCTIVE_STATUSES.has(status);
  return isInstructive || quietly(() => isOfThisMachine(error)) ? 'ignore' : 'failure';
}

/** True for a 4xx of the upstream itself. */
function isAnswer(status: number | undefined): boolean {
  return status !== undefined && status >= 400 && status < 500 && status !== PROXY_AUTHENTICATION_REQUIRED;
}

function firstStatus(error: unknown): number | undefined {
  return causeChain(error)
    .map(statusOf)
    .find((found) => found !== undefined);
}

/** An `AggregateError` has the code of its first member, which need not be that of the others. */
function isOfThisMachine(error: unknown): boolean {
  return ownChain(error).some((link) => {
    const members = read(link, 'errors');
    const all: readonly unknown[] = Array.isArray(members) && members.length > 0 ? members : [link];
    return all.every((one) => isLocalShortage(read(one, 'code')));
  });
}
