import { read } from './error-chain.js';
import { statusOf, TRANSIENT_STATUSES } from './http-status.js';
import { hasRetryAfter, hasSpentQuota } from './server-delay.js';

/** Does a failure pass by itself? @public */
export type FailureKind = 'transient' | 'permanent' | 'unknown';

/** Judges an error by the HTTP status that it carries. */
export function judgeStatus(error: unknown): FailureKind {
  if (isProxyStatus(error)) return 'unknown';
  const status = statusOf(error);
  if (status === undefined) return 'unknown';
  // an answer that was only not the one wanted, such as a 304, will be the same again
  if (status < 400) return isUpstreamAnswer(error) ? 'permanent' : 'unknown';
  return isForNow(error, status) ? 'transient' : kindOfStatus(status);
}

/** A refusal that the server itself takes back: RFC 9110 §15.5.14 for 413, the rate limits of GitHub for 403. */
function isForNow(error: unknown, status: number): boolean {
  if (status === 413) return hasRetryAfter(error);
  return status === 403 && (hasRetryAfter(error) || hasSpentQuota(error));
}

/** Judges a status that nothing else is known of. */
export function kindOfStatus(status: number): FailureKind {
  if (TRANSIENT_STATUSES.has(status)) return 'transient';
  return status < 500 || status === 501 || status === 505 ? 'permanent' : 'unknown';
}

function isUpstreamAnswer(error: unknown): boolean {
  return read(error, 'code') === 'RESILIENCE_UPSTREAM_HTTP';
}

/** A 502 of our own that only says "no answer": its cause decides, where there is one. */
function isProxyStatus(error: unknown): boolean {
  return read(error, 'code') === 'RESILIENCE_UPSTREAM_CONNECTION' && read(error, 'cause') !== undefined;
}
