import { read } from '../policy/error-chain.js';
import type { Delivery, PreparedRequest } from './transport.js';

/** Idempotent methods (RFC 9110 §9.2.2, and QUERY): repeating them does nothing twice. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE', 'QUERY']);

/** The upstream says that it has not processed the request (RFC 9110 §15.5.20, RFC 8470 §5.2). */
const NOT_PROCESSED: ReadonlySet<unknown> = new Set([421, 425]);

/**
 * True if a failed request may be sent again: an idempotent method, an idempotency key, or a request that
 * provably never reached the application.
 */
export function mayRepeat(
  { method, headers }: PreparedRequest,
  { wasSent }: Delivery,
  error: unknown,
): boolean {
  if (IDEMPOTENT.has(method) || headers['idempotency-key'] !== undefined) return true;
  return !wasSent || NOT_PROCESSED.has(read(error, 'upstreamStatus'));
}
