import { Readable } from 'node:stream';
import { collect } from '../response/collect-bytes.js';
import { relayedStream } from '../response/relayed-stream.js';
import { joinRepeated } from '../response/response-headers.js';
import type {
  HttpTransport,
  ResponseHeaders,
  TransportAttempt,
  TransportRequest,
  TransportResponse,
} from '../transport.js';
import { addingTransport } from './adding-transports.js';

/** A function that fetches, such as the global one. @public */
export type FetchLike = (input: string, init?: RequestInit) => Promise<Response>;

const EMPTY_BODY = Buffer.alloc(0);

/**
 * Sends through a `fetch` function: that of another runtime, or one that a test tool has replaced.
 *
 * @param fetch - default: the global one, looked up for each request
 *
 * @example
 * ```ts
 * ResilienceModule.forRoot({ http: { transport: fetchTransport() } });
 * ```
 * @public
 */
export function fetchTransport(fetch?: FetchLike): HttpTransport {
  return addingTransport({
    async send(request, attempt) {
      attempt.markSent();
      const send = fetch ?? globalThis.fetch;
      return read(request, attempt, await send(request.origin + request.path, initOf(request, attempt)));
    },
  });
}

function initOf(
  { method, headers, body, dispatcher }: TransportRequest,
  { signal }: TransportAttempt,
): RequestInit {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((item): [string, string] => [name, item]),
  );
  const chosen = dispatcher && { dispatcher: dispatcher as never };
  const init = { method, headers: lines, signal, redirect: 'manual' as const, ...chosen };
  if (body === undefined) return init;
  return { ...init, body: body as NonNullable<RequestInit['body']>, duplex: 'half' };
}

async function read(
  request: TransportRequest,
  attempt: TransportAttempt,
  response: Response,
): Promise<TransportResponse> {
  const { status, statusText, body } = response;
  const headers = plain(response.headers);
  if (!body) return { status, headers, body: EMPTY_BODY };
  const stream = Readable.fromWeb(body);
  // the error must not end the process of a caller that leaves the stream alone; a reader still receives it
  stream.on('error', () => undefined);
  if (request.isStreamed(status, headers)) {
    const relayed = relayedStream(stream, request, { status, attempt });
    return { status, statusText, headers, body: EMPTY_BODY, stream: relayed };
  }
  attempt.receiveHeaders?.(status, headers);
  return { status, headers, ...(await collect(stream, request, status)) };
}

/** A fetch decodes bodies, but leaves the headers that speak of their encoded form. */
function plain(headers: Headers): ResponseHeaders {
  const entries: ResponseHeaders = Object.fromEntries(headers);
  const cookies = headers.getSetCookie();
  if (cookies.length > 0) entries['set-cookie'] = cookies;
  if (entries['content-encoding'] !== undefined) {
    delete entries['content-encoding'];
    delete entries['content-length'];
  }
  return joinRepeated(entries);
}
