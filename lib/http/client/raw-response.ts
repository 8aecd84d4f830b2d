import type { HttpResult } from './response.js';
import type { TransportRequest, TransportResponse } from '../transport.js';

/** The last answer of a call, whatever its status, with its body unread. */
export interface RawResponse extends HttpResult {
  /** With its query, which `fetch` shows too. */
  readonly url: string;
  /** For messages: without it. */
  readonly shown: string;
  readonly redirected: boolean;
  readonly statusText: string;
}

/** @param first - where the call began, before redirects */
export function rawResponse(
  first: TransportRequest,
  request: TransportRequest,
  { status, headers, stream: data, statusText = '' }: TransportResponse,
  attempts: number,
): RawResponse {
  const url = request.origin + request.path;
  const redirected = url !== first.origin + first.path;
  return { status, headers, data, url, attempts, shown: request.url, redirected, statusText };
}
