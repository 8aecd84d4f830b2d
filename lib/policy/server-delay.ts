import { ownChain, quietly, read } from './error-chain.js';
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
  return quietly(() => findDelay(source, wallNow));
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
  return headers && quotaDelay(headers, undefined, wallNow);
}

function readerOf(holder: unknown): HeaderReader | undefined {
  const headers = read(holder, 'upstreamHeaders') ?? read(holder, 'headers');
  if (typeof headers !== 'object' || headers === null) return undefined;
  const get = read(headers, 'get');
  return (name) => {
    const got: unknown =
      typeof get === 'function' ? quietly((): unknown => get.call(headers, name)) : undefined;
    // a plain object; or a Map, which is case-sensitive where `Headers` and AxiosHeaders are not
    return firstText(got ?? lookUp(headers, name));
  };
}

function lookUp(headers: object, name: string): unknown {
  const isNamed = (key: string) => key.toLowerCase() === name;
  return read(headers, name) ?? read(headers, quietly(() => Object.keys(headers).find(isNamed)) ?? '');
}

function firstText(value: unknown): string | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'number' || typeof first === 'string' ? String(first).trim() : undefined;
}

function firstDelay(headers: HeaderReader, status: number | undefined, wallNow: number): number | undefined {
  return (
    milliseconds(headers('retry-after-ms')) ??
    milliseconds(headers('x-ms-retry-after-ms')) ??
    retryAfter(headers('retry-after'), wallNow) ??
    quotaDelay(headers, status, wallNow)
  );
}

function quotaDelay(headers: HeaderReader, status: number | undefined, wallNow: number): number | undefined {
  return (
    rateLimit(headers('ratelimit')) ??
    reset(headers, 'ratelimit', status, wallNow) ??
    reset(headers, 'x-ratelimit', status, wallNow)
  );
}

function milliseconds(value = ''): number | undefined {
  return /^\d+(\.\d+)?$/.test(value) ? Number(value) : undefined;
}

function retryAfter(value = '', wallNow: number): number | undefined {
  if (DIGITS.test(value)) return Number(value) * 1000;
  const date = parseHttpDate(value, wallNow);
  return date === undefined ? undefined : Math.max(0, date - wallNow);
}

/** `"default";r=0;t=30`: with several exhausted policies the longest wait counts. */
function rateLimit(value = ''): number | undefined {
  const waits = value
    .replace(QUOTED, '')
    .split(',')
    .filter((item) => /(?:^|;)\s*r=0+\s*(?:;|$)/.test(item))
    .flatMap((item) => /(?:^|;)\s*t=(\d+)\s*(?:;|$)/.exec(item)?.[1] ?? []);
  return waits.length === 0 ? undefined : Math.max(...waits.map(Number)) * 1000;
}

function reset(headers: HeaderReader, prefix: string, status: number | undefined, wallNow: number) {
  const value = headers(`${prefix}-reset`) ?? '';
  const isSpent = status === 429 || /^0+$/.test(headers(`${prefix}-remaining`) ?? '');
  if (!isSpent || !DIGITS.test(value)) return undefined;
  const seconds = Number(value);
  return seconds >= FIRST_EPOCH ? Math.max(0, seconds * 1000 - wallNow) : seconds * 1000;
}
