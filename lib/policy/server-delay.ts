import { ownChain, read } from './error-chain.js';
import { parseHttpDate } from './http-date.js';
import { statusOf } from './http-status.js';

/** Reads one header of an answer, whatever kind of object holds the headers. */
type HeaderReader = (name: string) => string | undefined;

/** Above this a reset value is an epoch in seconds, below it a number of seconds from now: 2024-01-01. */
const FIRST_EPOCH = Date.UTC(2024, 0, 1) / 1000;

const DIGITS = /^\d+$/;

/** A quoted text (RFC 9651 §3.3.3): the name of a policy may hold anything. */
const QUOTED = /"(?:[^"\\]|\\.)*"/g;

/**
 * How long a server asked to be left alone, in milliseconds from now; undefined if it did not say, or not in a
 * form that can be used. The first usable source wins: `retry-after-ms`, `x-ms-retry-after-ms`, `Retry-After`
 * (RFC 9110 §10.2.3), `RateLimit` with `r=0` (draft-ietf-httpapi-ratelimit-headers), `RateLimit-Reset` and
 * `X-RateLimit-Reset`. Looks at an error, along its `cause`, or at a returned response. Never throws.
 */
export function parseServerDelay(source: unknown, wallNow: number): number | undefined {
  try {
    return findDelay(source, wallNow);
  } catch {
    // headers that throw when they are looked at
    return undefined;
  }
}

function findDelay(source: unknown, wallNow: number): number | undefined {
  for (const link of ownChain(source)) {
    for (const holder of [link, read(link, 'response')]) {
      const headers = readerOf(holder);
      const delay = headers && firstDelay(headers, statusOf(link), wallNow);
      if (delay !== undefined) return delay;
    }
  }
  return undefined;
}

/**
 * How long until an answer's quota is renewed, in milliseconds from now, if it says that nothing is left of it
 * (`RateLimit` with `r=0`, or a remaining 0 with its reset). Unlike {@link parseServerDelay} it leaves Retry-After
 * alone, which on a success means something else.
 */
export function parseQuotaDelay(
  answer: { headers: object; status?: number },
  wallNow: number,
): number | undefined {
  const headers = readerOf(answer);
  if (!headers) return undefined;
  return (
    rateLimit(headers('ratelimit')) ??
    reset(headers, 'ratelimit', undefined, wallNow) ??
    reset(headers, 'x-ratelimit', undefined, wallNow)
  );
}

function readerOf(holder: unknown): HeaderReader | undefined {
  const headers = read(holder, 'upstreamHeaders') ?? read(holder, 'headers');
  if (typeof headers !== 'object' || headers === null) return undefined;
  const get = read(headers, 'get');
  return (name) => firstText(typeof get === 'function' ? callGet(headers, get, name) : lookUp(headers, name));
}

function callGet(headers: object, get: unknown, name: string): unknown {
  try {
    const value: unknown = (get as (name: string) => unknown).call(headers, name);
    // a Map is case-sensitive, `Headers` and AxiosHeaders are not
    return value ?? lookUp(headers, name);
  } catch {
    return undefined;
  }
}

function lookUp(headers: object, name: string): unknown {
  const direct = read(headers, name);
  if (direct !== undefined) return direct;
  const key = keysOf(headers).find((candidate) => candidate.toLowerCase() === name);
  return key === undefined ? undefined : read(headers, key);
}

/** None where asking for them throws: a wait is never worth the error that it is read from. */
function keysOf(headers: object): string[] {
  try {
    return Object.keys(headers);
  } catch {
    return [];
  }
}

function firstText(value: unknown): string | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  if (typeof first === 'number') return String(first);
  return typeof first === 'string' ? first.trim() : undefined;
}

function firstDelay(headers: HeaderReader, status: number | undefined, wallNow: number): number | undefined {
  return (
    milliseconds(headers('retry-after-ms')) ??
    milliseconds(headers('x-ms-retry-after-ms')) ??
    retryAfter(headers('retry-after'), wallNow) ??
    rateLimit(headers('ratelimit')) ??
    reset(headers, 'ratelimit', status, wallNow) ??
    reset(headers, 'x-ratelimit', status, wallNow)
  );
}

function milliseconds(value: string | undefined): number | undefined {
  return value !== undefined && /^\d+(\.\d+)?$/.test(value) ? Number(value) : undefined;
}

function retryAfter(value: string | undefined, wallNow: number): number | undefined {
  if (value === undefined) return undefined;
  if (DIGITS.test(value)) return Number(value) * 1000;
  const date = parseHttpDate(value, wallNow);
  return date === undefined ? undefined : Math.max(0, date - wallNow);
}

/** `"default";r=0;t=30`: with several exhausted policies the longest wait counts. */
function rateLimit(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const waits = value
    .replace(QUOTED, '')
    .split(',')
    .filter((item) => /(?:^|;)\s*r=0+\s*(?:;|$)/.test(item))
    .map((item) => /(?:^|;)\s*t=(\d+)\s*(?:;|$)/.exec(item)?.[1])
    .filter((seconds) => seconds !== undefined);
  return waits.length === 0 ? undefined : Math.max(...waits.map(Number)) * 1000;
}

function reset(headers: HeaderReader, prefix: string, status: number | undefined, wallNow: number) {
  const value = headers(`${prefix}-reset`);
  if (value === undefined || !DIGITS.test(value)) return undefined;
  const remaining = headers(`${prefix}-remaining`);
  if (status !== 429 && !(remaining !== undefined && /^0+$/.test(remaining))) return undefined;
  const seconds = Number(value);
  return seconds >= FIRST_EPOCH ? Math.max(0, seconds * 1000 - wallNow) : seconds * 1000;
}
