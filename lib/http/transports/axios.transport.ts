import http from 'node:http';
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import https from 'node:https';
import { Readable } from 'node:stream';
import { UpstreamResponseException } from '../../exceptions/upstream.exceptions.js';
import { read } from '../../policy/error-chain.js';
import { brokenBody, collect } from '../response/collect-bytes.js';
import type { CollectedBytes } from '../response/collect-bytes.js';
import { relayedStream } from '../response/relayed-stream.js';
import { joinRepeated } from '../response/response-headers.js';
import type { RequestBody } from '../request-body.js';
import type {
  HttpTransport,
  ResponseHeaders,
  TransportAttempt,
  TransportRequest,
  TransportResponse,
} from '../transport.js';
import { addingTransport } from './adding-transports.js';

const EMPTY_BODY = Buffer.alloc(0);

/** The part of an axios instance that the transport needs; any version that has it will do. @public */
export interface AxiosLike {
  /** As axios has it. */
  request(config: never): Promise<unknown>;
}

/**
 * Sends through an axios instance, whose interceptors run once per attempt, below retries and circuit. Its
 * `baseURL`, `timeout` and `params` are best left to the options of this client.
 *
 * @param axios - an instance, such as `axios.create()` or `HttpService.axiosRef` of `@nestjs/axios`
 *
 * @example
 * ```ts
 * ResilienceModule.forRoot({ http: { transport: axiosTransport(axios.create()) } });
 * ```
 * @public
 */
export function axiosTransport(axios: AxiosLike): HttpTransport {
  return addingTransport({
    async send(request, attempt) {
      attempt.markSent();
      const response = await ask(axios, configOf(request, attempt, axios), request);
      return toResponse(request, attempt, response);
    },
  });
}

function configOf(request: TransportRequest, attempt: TransportAttempt, axios: AxiosLike): object {
  const { signal } = attempt;
  const { method, origin, path, headers, body, maxResponseBytes, decodes } = request;
  const isStream = request.isStreamed(200, {});
  return {
    method,
    url: origin + path,
    // axios would add its own content type to a request that has none
    headers: { ...headers, 'content-type': headers['content-type'] ?? false },
    data: bodyFor(body),
    responseType: isStream ? 'stream' : 'arraybuffer',
    maxContentLength: isStream ? -1 : maxResponseBytes,
    maxBodyLength: Infinity,
    maxRedirects: 0,
    decompress: decodes,
    transformRequest: [(data: unknown) => data],
    transformResponse: [(data: unknown) => data],
    signal,
    ...(isStream || hasOwnSender(axios) ? {} : { transport: reporting(attempt) }),
  };
}

/** True if the instance sends in a manner of its own, or keeps a time limit that it applies to Node's sender alone. */
function hasOwnSender(axios: AxiosLike): boolean {
  const defaults = read(axios, 'defaults');
  return Boolean(read(defaults, 'transport') ?? read(defaults, 'timeout'));
}

/** Sends as axios does, and reports headers when they arrive: axios shows them only with the body. */
function reporting(attempt: TransportAttempt) {
  return {
    request: (options: RequestOptions, onResponse: (response: IncomingMessage) => void): ClientRequest =>
      (options.protocol === 'https:' ? https : http).request(options, (response) => {
        const { statusCode = 0, headers } = response;
        attempt.receiveHeaders?.(statusCode, plain(headers));
        onResponse(response);
      }),
  };
}

/** Bytes as axios knows them, and streams. */
function bodyFor(body: RequestBody): unknown {
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return isAsyncIterable(body) && !(body instanceof Readable) ? Readable.from(body) : body;
}

/** Sends through axios. A response is a response, whatever axios thinks of its status. */
async function ask(axios: AxiosLike, config: object, request: TransportRequest): Promise<unknown> {
  try {
    return await axios.request(config as never);
  } catch (error) {
    const response = read(error, 'response') ?? begunAnswer(error);
    const status = read(response, 'status');
    // one whose body has not arrived has no data at all, be the body empty
    if (typeof status === 'number' && read(response, 'data') !== undefined) return response;
    if (/^maxContentLength/.test(String(read(error, 'message')))) return tooLarge(error, request);
    if (error instanceof Error) hideSecrets(error);
    if (typeof status !== 'number') throw error;
    return { status, headers: read(response, 'headers'), ...brokenBody(request, error, { status }) };
  }
}

/** The answer whose headers had come, where axios knows of none: since Node 24 a connection that breaks off is told to the request. */
function begunAnswer(error: unknown): object | undefined {
  const incoming = read(read(error, 'request'), 'res');
  const status = read(incoming, 'statusCode');
  return typeof status === 'number' ? { status, headers: read(incoming, 'headers') } : undefined;
}

/** Hides the URL and headers that axios keeps with an error: callers can read them, but logs do not show them. */
function hideSecrets(error: Error): void {
  for (const name of ['config', 'request', 'response', 'toJSON']) {
    const value = name === 'toJSON' ? undefined : read(error, name);
    Object.defineProperty(error, name, { value, enumerable: false, configurable: true, writable: true });
  }
}

/** An error that is too large is still that error; axios leaves its body out. */
function tooLarge(error: unknown, { method, url, maxResponseBytes }: TransportRequest): unknown {
  const begun = begunAnswer(error);
  if (begun) return { ...begun, isCut: true };
  const reason = `it has more than ${maxResponseBytes} bytes`;
  throw new UpstreamResponseException({ code: 'RESILIENCE_RESPONSE_TOO_LARGE', method, url, reason });
}

async function toResponse(
  request: TransportRequest,
  attempt: TransportAttempt,
  given: unknown,
): Promise<TransportResponse> {
  const status = read(given, 'status');
  const { method, url } = request;
  if (typeof status !== 'number')
    throw new UpstreamResponseException({ method, url, reason: 'an interceptor of axios gave no response' });
  const headers = plain(read(given, 'headers'));
  const data = read(given, 'data');
  const { isCut, broken } = given as TransportResponse;
  if (isCut || broken) return { status, headers, body: EMPTY_BODY, isCut, broken };
  if (!(data instanceof Readable)) return { status, headers, ...bodyOf(data, request.maxResponseBytes) };
  // the error must not end the process of a caller that leaves the stream alone; a reader still receives it
  data.on('error', () => undefined);
  if (request.isStreamed(status, headers))
    return {
      status,
      statusText: read(given, 'statusText') as string | undefined,
      headers,
      body: EMPTY_BODY,
      stream: relayedStream(data, request, { status, attempt }),
    };
  return { status, headers, ...(await collect(data, request, status)) };
}

function plain(headers: unknown): ResponseHeaders {
  const given = Object.entries((headers ?? {}) as Record<string, unknown>);
  const kept = given.filter(([, value]) => typeof value === 'string' || Array.isArray(value));
  const lower = kept.map(([name, value]) => [name.toLowerCase(), value]);
  return joinRepeated(Object.fromEntries(lower) as ResponseHeaders);
}

type Body = CollectedBytes & Pick<TransportResponse, 'parsed'>;

/** Bytes, or whatever an interceptor has made of them. */
function bodyOf(data: unknown, limit: number): Body {
  if (data === undefined || data === null) return { body: EMPTY_BODY };
  if (typeof data === 'string') return cut(Buffer.from(data), limit);
  if (data instanceof ArrayBuffer) return cut(Buffer.from(data), limit);
  if (ArrayBuffer.isView(data)) return cut(Buffer.from(data.buffer, data.byteOffset, data.byteLength), limit);
  return { body: EMPTY_BODY, parsed: data };
}

function cut(bytes: Buffer, limit: number): CollectedBytes {
  return { body: bytes.subarray(0, limit), isCut: bytes.length > limit };
}

function isAsyncIterable(body: unknown): body is AsyncIterable<unknown> {
  return typeof (body as AsyncIterable<unknown> | undefined)?.[Symbol.asyncIterator] === 'function';
}
