import { isResilienceException } from '../exceptions/resilience.exception.js';
import { causeChain, isBare, read } from './error-chain.js';
import { isAbortCode, isLocalCode, isPermanentCode, isTransientCode } from './error-codes.js';
import { isGrpcCancel, isLostConnection, isTransientForeign } from './foreign-errors.js';
import { statusOf, TRANSIENT_STATUSES } from './http-status.js';
import { parseServerDelay } from './server-delay.js';

/** Does a failure pass by itself? @public */
export type FailureKind = 'transient' | 'permanent' | 'unknown';

/** How failures are told apart; replaceable per policy (`classify`). @public */
export type ClassifyFailure = (error: unknown) => FailureKind;

/** How far into `AggregateError.errors` it looks: an error may hold itself. */
const MAX_NESTING = 3;
const MAX_MEMBERS = 20;

/**
 * Tells transient failures from permanent ones by their public shape: connection errors, HTTP statuses,
 * timeouts, the errors of gRPC, Postgres, MySQL, MongoDB, Redis and AWS clients, Nest's and this library's
 * exceptions. It looks along `cause` and into `AggregateError.errors`; the outermost error that says something
 * decides. Never throws.
 *
 * @example
 * ```ts
 * classifyFailure(new NotFoundException()); // 'permanent'
 * classifyFailure(Object.assign(new Error('gone'), { code: 'ECONNRESET' })); // 'transient'
 * classifyFailure(new Error('?')); // 'unknown'
 * ```
 * @public
 */
export function classifyFailure(error: unknown): FailureKind {
  if (isBare(error)) return isLostConnection(error) ? 'transient' : 'unknown';
  try {
    return classify(error, 0);
  } catch {
    // an object that throws when it is looked at
    return 'unknown';
  }
}

function classify(error: unknown, depth: number): FailureKind {
  let kind: FailureKind = 'unknown';
  for (const link of causeChain(error)) {
    const verdict = judge(link, depth);
    if (verdict !== 'unknown') return verdict;
    // a bug wrapped around a network failure ("fetch failed") is judged by what it wraps
    if (kind === 'unknown' && isProgrammingError(link)) kind = 'permanent';
  }
  return kind;
}

function judge(error: unknown, depth: number): FailureKind {
  const retryable = read(error, 'retryable');
  if (typeof retryable === 'boolean') return retryable ? 'transient' : 'permanent';
  const code = read(error, 'code');
  if (isPermanentCode(code) || isLocalRefusal(error, code)) return 'permanent';
  if (isLostConnection(error)) return 'transient';
  const name = read(error, 'name');
  if (isCancelled(error, name, code)) return isTimeout(read(error, 'cause')) ? 'transient' : 'permanent';
  if (isTransientCode(code) || isTimeout(error) || isTransientForeign(error, name, code)) return 'transient';
  return judgeContent(error, depth);
}

function isLocalRefusal(error: unknown, code: unknown): boolean {
  return isLocalCode(code) && isResilienceException(error);
}

/** What an error carries rather than what it is: a status, or other errors. */
function judgeContent(error: unknown, depth: number): FailureKind {
  const status = judgeStatus(error);
  return status === 'unknown' && isAggregate(error) ? judgeMembers(error, depth) : status;
}

function isCancelled(error: unknown, name: unknown, code: unknown): boolean {
  return name === 'AbortError' || isAbortCode(code) || isGrpcCancel(error, code);
}

function isTimeout(error: unknown): boolean {
  return read(error, 'name') === 'TimeoutError';
}

function isAggregate(error: unknown): boolean {
  return error instanceof AggregateError || read(error, 'name') === 'AggregateError';
}

function judgeMembers(error: unknown, depth: number): FailureKind {
  const members = read(error, 'errors');
  if (!Array.isArray(members) || members.length === 0 || depth >= MAX_NESTING) return 'unknown';
  const kinds = members.slice(0, MAX_MEMBERS).map((member) => classify(member, depth + 1));
  if (kinds.includes('transient')) return 'transient';
  return kinds.every((kind) => kind === 'permanent') ? 'permanent' : 'unknown';
}

function judgeStatus(error: unknown): FailureKind {
  if (isProxyStatus(error)) return 'unknown';
  const status = statusOf(error);
  if (status === undefined) return 'unknown';
  // an answer that was only not the one wanted, such as a 304, will be the same again
  if (status < 400) return isUpstreamAnswer(error) ? 'permanent' : 'unknown';
  if (TRANSIENT_STATUSES.has(status)) return 'transient';
  // RFC 9110 §15.5.14: too large for now, if the server says when to try again
  if (status === 413) return parseServerDelay(error, 0) === undefined ? 'permanent' : 'transient';
  return status < 500 || status === 501 || status === 505 ? 'permanent' : 'unknown';
}

function isUpstreamAnswer(error: unknown): boolean {
  return read(error, 'code') === 'RESILIENCE_UPSTREAM_HTTP';
}

/** A 502 of our own that only says "no answer": its cause decides, where there is one. */
function isProxyStatus(error: unknown): boolean {
  return read(error, 'code') === 'RESILIENCE_UPSTREAM_CONNECTION' && read(error, 'cause') !== undefined;
}

function isProgrammingError(error: unknown): boolean {
  return (
    error instanceof TypeError ||
    error instanceof RangeError ||
    error instanceof SyntaxError ||
    error instanceof ReferenceError
  );
}
