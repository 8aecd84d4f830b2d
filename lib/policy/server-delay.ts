import { isResilienceException } from '../exceptions/resilience.exception.js';
import { ownChain, read, tryOrUndefined } from './error-chain.js';
import { headersAlong, headersOf, readerOf } from './error-headers.js';
import type { HeaderReader } from './error-headers.js';
import { parseHttpDate } from './http-date.js';
import { statusOf } from './http-status.js';
import { spentQuotas } from './rate-limit-header.js';
import { isZero, parseMilliseconds, parseSeconds } from './seconds.js';

/** From this value on a reset is an epoch in seconds, below it a number of seconds from now: 2024-01-01. */
const FIRST_EPOCH = Date.UTC(2024, 0, 1) / 1000;

/** From this value on a reset is an epoch in milliseconds. */
const FIRST_EPOCH_MS = FIRST_EPOCH * 1000;

/** The longest delay that callers see, as a multiple of `retry.maxRetryAfter`. */
const MOST_LONGEST_WAITS = 10;

/** Share of a server's delay by which a wait may exceed it, so that callers with the same delay do not come back together. */
const UPWARD_JITTER = 0.1;

const QUOTA_PREFIXES = ['ratelimit', 'x-ratelimit'];

/**
 * Parses the time that a server asked to be left alone, in milliseconds from now. Undefined if the server did not say,
 * or not in a form that can be used. The first usable source wins: `retry-after-ms`, `x-ms-retry-after-ms`,
 * `Retry-After` (RFC 9110 §10.2.3), `RateLimit` with `r=0` (draft-ietf-httpapi-ratelimit-headers), `RateLimit-Reset`
 * and `X-RateLimit-Reset`. Fractions of a second are rounded up to the millisecond. Looks at an error, along its
 * `cause`, or at a returned response; last at the `retryAfter` of a refusal of this library at the other end of a message. Never
 * throws.
 */
export function parseServerDelay(source: unknown, wallNow: number): number | undefined {
  return tryOrUndefined(() => {
    for (const { link, headers } of headersAlong(source)) {
      const delay = retryAfter(headers, wallNow) ?? quotaDelay(headers, statusOf(link), wallNow);
      if (delay !== undefined) return delay;
    }
    return remoteDelay(source);
  });
}

/** A code of this library's exceptions. */
const OURS = /^RESILIENCE_/;

/** The `retryAfter` of a refusal at the other end of a message, in milliseconds. */
function remoteDelay(source: unknown): number | undefined {
  for (const link of ownChain(source)) {
    const delay = read(link, 'retryAfter');
    const isOurs = OURS.test(String(read(link, 'code'))) && !isResilienceException(link);
    if (isOurs && typeof delay === 'number' && delay >= 0 && Number.isFinite(delay)) return Math.ceil(delay);
  }
  return undefined;
}

/**
 * Parses the time until a response's quota is renewed, in milliseconds from now, if it says that nothing is left
 * of it (`RateLimit` with `r=0`, or a remaining 0 with its reset). Unlike {@link parseServerDelay} it leaves
 * Retry-After alone, which on a success means something else.
 */
export function parseQuotaDelay(
  response: { headers: object; status?: number },
  wallNow: number,
): number | undefined {
  const headers = readerOf(response);
  return headers && quotaDelay(headers, undefined, wallNow);
}

/**
 * Spreads a delay that a server has asked for: never earlier, up to a tenth later, and before the time left is over.
 *
 * @param asked - milliseconds, fewer than `timeLeft`
 */
export function laterThanAsked(asked: number, timeLeft: number, random: () => number): number {
  return asked + Math.min(asked * UPWARD_JITTER, timeLeft - asked) * random();
}

/**
 * Bounds a delay that is passed on to callers: to ten times the longest wait of a retry, whatever a server says.
 *
 * @param maxRetryAfter - milliseconds
 */
export function boundedDelay(delay: number | undefined, maxRetryAfter: number): number | undefined {
  return delay === undefined ? undefined : Math.min(delay, maxRetryAfter * MOST_LONGEST_WAITS);
}

/** True if the error itself, not its cause, carries a `Retry-After` that can be used. */
export function hasRetryAfter(error: unknown): boolean {
  return [...headersOf(error)].some(({ headers }) => retryAfter(headers, 0) !== undefined);
}

/** True if the error itself, not its cause, carries headers that say that a quota is used up. */
export function hasSpentQuota(error: unknown): boolean {
  return [...headersOf(error)].some(
    ({ headers }) =>
      spentQuotas(headers('ratelimit') ?? '').length > 0 || quotaDelay(headers, undefined, 0) !== undefined,
  );
}

function retryAfter(headers: HeaderReader, wallNow: number): number | undefined {
  return (
    parseMilliseconds(headers('retry-after-ms') ?? '') ??
    parseMilliseconds(headers('x-ms-retry-after-ms') ?? '') ??
    secondsOrDate(firstValue(headers('retry-after') ?? ''), wallNow)
  );
}

/** A header that came twice with one value is joined from both; two different values are malformed. */
function firstValue(joined: string): string {
  const half = (joined.length - 2) / 2;
  const first = joined.slice(0, half);
  return joined === `${first}, ${first}` ? first : joined;
}

function secondsOrDate(value: string, wallNow: number): number | undefined {
  const seconds = parseSeconds(value);
  if (seconds !== undefined) return seconds;
  const date = parseHttpDate(value, wallNow);
  return date === undefined ? undefined : Math.max(0, date - wallNow);
}

function quotaDelay(headers: HeaderReader, status: number | undefined, wallNow: number): number | undefined {
  const wait = longestWait(headers('ratelimit') ?? '');
  if (wait !== undefined) return wait;
  for (const prefix of QUOTA_PREFIXES) {
    const isSpent = status === 429 || isZero(headers(`${prefix}-remaining`) ?? '');
    const delay = isSpent ? untilReset(headers(`${prefix}-reset`) ?? '', wallNow) : undefined;
    if (delay !== undefined) return delay;
  }
  return undefined;
}

/** With several used-up quotas the longest wait counts. */
function longestWait(rateLimit: string): number | undefined {
  return spentQuotas(rateLimit).reduce<number | undefined>(
    (longest, { wait }) => (wait === undefined ? longest : Math.max(longest ?? 0, wait)),
    undefined,
  );
}

function untilReset(value: string, wallNow: number): number | undefined {
  const time = parseSeconds(value);
  if (time === undefined) return undefined;
  const epoch = Number(value) >= FIRST_EPOCH_MS ? Math.ceil(Number(value)) : time;
  return Number(value) >= FIRST_EPOCH ? Math.max(0, epoch - wallNow) : time;
}
