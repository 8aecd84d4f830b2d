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
  /** True once a byte may have reached the upstream. */
  readonly wasSent: boolean;
  /** True once the upstream has answered in a way that leads on with another method: it has done its part. */
  readonly wasDone: boolean;
  /** True once a byte may have reached an origin that was not given the idempotency key. */
  readonly wasSentWithoutKey?: boolean;
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
  if (isSafeTwice(request, sendState)) return true;
  if (!sendState?.wasSent) return true;
  // a POST that was answered with "see there" has been acted on, whatever happens there
  if (sendState.wasDone) return false;
  return STATUSES_NOT_PROCESSED.has(read(error, 'upstreamStatus')) || neverConnected(error);
}

/** True if a request that was refused with 401 may be sent again with another token: the upstream has not acted on it. */
export function mayRepeatRefused(request: PreparedRequest, sendState: SendProgress): boolean {
  return !request.isOnce && (!sendState.wasDone || isSafeTwice(request, sendState));
}

function isSafeTwice({ method, headers }: PreparedRequest, sendState: SendProgress | undefined): boolean {
  if (isIdempotent(method)) return true;
  return headers['idempotency-key'] !== undefined && sendState?.wasSentWithoutKey !== true;
}

/** True for an error of finding or opening a connection. */
export function neverConnected(error: unknown): boolean {
  return causeChain(error).some((link) => {
    const code = read(link, 'code');
    return (
      NOT_CONNECTED_CODES.has(code) || isLocalShortage(code) || CONNECTING_SYSCALLS.has(read(link, 'syscall'))
    );
  });
}
