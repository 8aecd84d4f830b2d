import { causeChain, read } from '../../policy/error-chain.js';
import { isLocalShortage } from '../../failures/domains/node.js';
import type { PreparedRequest } from '../transport.js';

/** Idempotent methods (RFC 9110 §9.2.2, and QUERY): repeating them does nothing twice. */
const IDEMPOTENT_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE', 'QUERY']);

/** The upstream says that it has not processed the request (RFC 9110 §15.5.20, RFC 8470 §5.2). */
const STATUSES_NOT_PROCESSED: ReadonlySet<unknown> = new Set([421, 425]);

/** Errors of finding or opening a connection: with any of them the upstream has received nothing. */
const NOT_CONNECTED_CODES: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** The same, for errors that can also happen later. */
const CONNECTING_SYSCALLS: ReadonlySet<unknown> = new Set(['connect', 'getaddrinfo']);

/** The progress of a request. */
export interface SendProgress {
  readonly wasSent: boolean;
  readonly wasDone: boolean;
}

export function isIdempotent(method: string): boolean {
  return IDEMPOTENT_METHODS.has(method);
}

/**
 * True if a failed request may be sent again: an idempotent method, an idempotency key, or a request that
 * provably never reached the application. Never for a body that is gone once it was sent.
 */
export function mayRepeat(
  request: PreparedRequest,
  sendState: SendProgress | undefined,
  error: unknown,
): boolean {
  if (request.isOnce) return false;
  if (isIdempotent(request.method) || request.headers['idempotency-key'] !== undefined) return true;
  if (!sendState?.wasSent) return true;
  // a POST that was answered with "see there" has been acted on, whatever happens there
  if (sendState.wasDone) return false;
  return STATUSES_NOT_PROCESSED.has(read(error, 'upstreamStatus')) || neverConnected(error);
}

function neverConnected(error: unknown): boolean {
  return causeChain(error).some((link) => {
    const code = read(link, 'code');
    return (
      NOT_CONNECTED_CODES.has(code) || isLocalShortage(code) || CONNECTING_SYSCALLS.has(read(link, 'syscall'))
    );
  });
}
