import { isResilienceException } from '../exceptions/resilience.exception.js';
import { causeChain, isBare, quietly, read } from './error-chain.js';
import { isAbortCode, isPermanentCode, isTransientCode, matches } from './error-codes.js';
import { isGrpcCancel, isLostConnection, isTransientForeign } from './foreign-errors.js';
import { judgeStatus, kindOfStatus } from './judge-status.js';
import type { FailureKind } from './judge-status.js';
import { tunnelStatus } from './proxy-tunnel.js';
import { ownShouldRetry, parseShouldRetry } from './should-retry.js';

export type { FailureKind } from './judge-status.js';

/** How failures are told apart; replaceable per policy (`classify`). @public */
export type ClassifyFailure = (error: unknown) => FailureKind;

/** Into so many `AggregateError`s it looks, and into each one once: an error may hold itself. */
const MOST_AGGREGATES = 1000;

/** The names as well as the classes: what Node itself throws into a `vm` context, such as jest's, is of other classes. */
const PROGRAMMING_ERROR = /^(Type|Range|Syntax|Reference)Error$/;

/** False while {@link classifyByStatus} runs. */
let obeysOrders = true;

/**
 * Tells transient failures from permanent ones by their public shape: connection errors, HTTP statuses,
 * timeouts, the errors of gRPC, Postgres, MySQL, MongoDB, Redis and AWS clients, Nest's and this library's
 * exceptions. It looks along `cause` and into `AggregateError.errors`; the outermost error that says something
 * decides. A server's order in `x-should-retry` or `stripe-should-retry` is obeyed: `false` is permanent, `true`
 * transient. Never throws.
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
  // an object may throw when it is looked at
  return quietly(() => classify(error)) ?? 'unknown';
}

/**
 * Classifies without regard to a server's order to retry or not: a circuit judges the status. A user's function is
 * run as it is; where it calls {@link classifyFailure}, that call leaves the orders aside.
 */
export function classifyByStatus(error: unknown, classify: ClassifyFailure = classifyFailure): FailureKind {
  const before = obeysOrders;
  obeysOrders = false;
  try {
    return classify(error);
  } finally {
    obeysOrders = before;
  }
}

function classify(error: unknown, seen?: Set<unknown>): FailureKind {
  if (obeysOrders && parseShouldRetry(error) === false) return 'permanent';
  let kind: FailureKind = 'unknown';
  for (const link of causeChain(error)) {
    const verdict = judge(link, seen);
    if (verdict !== 'unknown') return verdict;
    // a bug wrapped around a network failure ("fetch failed") is judged by what it wraps
    if (kind === 'unknown' && isProgrammingError(link)) kind = 'permanent';
  }
  return kind;
}

function judge(error: unknown, seen: Set<unknown> | undefined): FailureKind {
  const retryable = read(error, 'retryable');
  if (typeof retryable === 'boolean') return retryable ? 'transient' : 'permanent';
  const code = read(error, 'code');
  if (isPermanentCode(code) || isLocalRefusal(error, code)) return 'permanent';
  if (isLostConnection(error)) return 'transient';
  const name = read(error, 'name');
  if (isCancelled(error, name, code)) return judgeCancelled(error);
  const isTransient = isTransientCode(code) || isTimeout(error) || isTransientForeign(error, name, code);
  return isTransient || isOrderedToRetry(error) ? 'transient' : judgeContent(error, seen);
}

/** An error that says itself that it is permanent, or an abort, is stronger than the order. */
function isOrderedToRetry(error: unknown): boolean {
  return obeysOrders && ownShouldRetry(error) === true;
}

/** undici cancels a request if its proxy refuses the tunnel. */
function judgeCancelled(error: unknown): FailureKind {
  const status = tunnelStatus(error);
  if (status !== undefined) return kindOfStatus(status);
  return isTimeout(read(error, 'cause')) ? 'transient' : 'permanent';
}

/** This library's own refusals: the method did not run, and a repetition would meet the same refusal. */
function isLocalRefusal(error: unknown, code: unknown): boolean {
  return matches(/^RESILIENCE_(?!TIMEOUT|UPSTREAM)/, code) && isResilienceException(error);
}

/** What an error carries rather than what it is: a status, or other errors. */
function judgeContent(error: unknown, seen: Set<unknown> | undefined): FailureKind {
  const status = judgeStatus(error);
  return status === 'unknown' && isAggregate(error) ? judgeMembers(error, seen) : status;
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

function judgeMembers(error: unknown, seen = new Set()): FailureKind {
  const members = read(error, 'errors');
  if (!Array.isArray(members) || members.length === 0) return 'unknown';
  if (seen.has(error) || seen.size >= MOST_AGGREGATES) return 'unknown';
  seen.add(error);
  const kinds = members.map((member) => classify(member, seen));
  if (kinds.includes('transient')) return 'transient';
  return kinds.every((kind) => kind === 'permanent') ? 'permanent' : 'unknown';
}

function isProgrammingError(error: unknown): boolean {
  const isOfClass = [TypeError, RangeError, SyntaxError, ReferenceError].some((bug) => error instanceof bug);
  return isOfClass || matches(PROGRAMMING_ERROR, read(error, 'name'));
}
