import type { HttpResult } from './response.js';
import type { TransportRequest, TransportResponse } from '../../transport.js';

/** The last answer of a call, whatever its status, with its body unread. */
export interface RawResponse extends HttpResult {
  /** With its query, which `fetch` shows too. */
  readonly url: string;
  /** For messages: without it. */
  readonly shown: string;
  readonly redirected: boolean;
  readonly statusText: string;
}

/** Puts an answer into the form in which a raw call resolves. */
export function rawResponse(
  request: TransportRequest,
  { status, headers, stream: data, statusText = '' }: TransportResponse,
  attempts: number,
  redirected: boolean,
): RawResponse {
  const url = request.origin + request.path;
  return { status, headers, data, url, attempts, shown: request.url, redirected, statusText };
}
