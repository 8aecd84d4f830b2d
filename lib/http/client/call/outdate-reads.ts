import type { TransportRequest, TransportResponse } from '../../transport.js';
import { changedReads } from '../answer/headers/changed-reads.js';
import type { Prepared } from '../prepare/prepare-request.js';
import type { CallDeps } from './call-deps.js';
import type { SendState } from './send-state.js';

/** Methods that change nothing (RFC 9110 §9.2.1). */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** True for an answer after which kept ones may be wrong: the success of an unsafe method, or its redirect (RFC 9111 §4.4). */
export function isChange({ method }: TransportRequest, { status }: TransportResponse): boolean {
  return !SAFE_METHODS.has(method) && status >= 200 && status <= 399;
}

/** Takes away kept answers that a change has made wrong, where answers say themselves how they may be used. */
export function outdateReads(
  { request: first, options: { kept } }: Prepared,
  { hops, request: sent }: SendState,
  response: TransportResponse,
  deps: CallDeps,
): void {
  if (!kept || kept.respect === undefined) return;
  // with endpoints the keys have the place before the choice
  const place = hops === 0 ? first : { ...first, origin: sent.origin, path: sent.path };
  deps.outdate(changedReads(place, sent, response, deps.endpointOf?.(sent.origin)));
}
