import { tryOrUndefined, read } from './error-chain.js';

/** Statuses of failures that pass by themselves (RFC 9110 §15, RFC 6585 §4, RFC 8470 §5.2). */
export const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([408, 421, 425, 429, 500, 502, 503, 504]);

/** Answers of an upstream that is alive and has said what to do; 403 and 413 only where they are transient. */
export const INSTRUCTIVE_STATUSES: ReadonlySet<number> = new Set([403, 413, 421, 425, 429]);

/** RFC 9110 §15.5.8: an answer of a proxy, which says nothing of the upstream. */
export const PROXY_AUTHENTICATION_REQUIRED = 407;

/**
 * The HTTP status that an error carries: `getStatus()`, `upstreamStatus`, `status`, `statusCode`,
 * `response.status`, `response.statusCode`, `$metadata.httpStatusCode`; undefined if it has none.
 */
export function statusOf(error: unknown): number | undefined {
  return (
    statusIn(error, 'upstreamStatus') ??
    asStatus(callStatus(error)) ??
    statusIn(error, 'status') ??
    statusIn(error, 'statusCode') ??
    statusIn(read(error, 'response'), 'status') ??
    statusIn(read(error, 'response'), 'statusCode') ??
    statusIn(read(error, '$metadata'), 'httpStatusCode')
  );
}

const statusIn = (holder: unknown, key: string) => asStatus(read(holder, key));

function callStatus(error: unknown): unknown {
  const getStatus = read(error, 'getStatus');
  return typeof getStatus === 'function' ? tryOrUndefined((): unknown => getStatus.call(error)) : undefined;
}

function asStatus(value: unknown): number | undefined {
  if (typeof value !== 'number' || !Number.isInteger(value)) return undefined;
  return value >= 100 && value <= 599 ? value : undefined;
}
