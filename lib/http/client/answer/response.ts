import { UpstreamHttpException, UpstreamResponseException } from '../../../exceptions/upstream.exceptions.js';
import type { ResolvedRequestOptions } from '../../http.options.js';
import { isFollowed } from './redirect.js';
import { isJson, textOf } from '../../response/response-text.js';
import type { TransportRequest, TransportResponse } from '../../transport.js';

/** The result of a request. @public */
export interface HttpResult<T = unknown> {
  /** The HTTP status, 200 to 299 unless `validateStatus` accepts others. */
  readonly status: number;
  /** Lower-case names; a header that came more than once has an array. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** Parsed JSON, text, a Buffer or a Readable; undefined for an empty JSON or text body. */
  readonly data: T;
  /** The URL that answered, without credentials or query. */
  readonly url: string;
  /** Attempts that were made; 0 where the answer was kept, or is that of another request. */
  readonly attempts: number;
  /** Set if the request was answered without one of its own: by a kept answer, one kept too long, or that of another request. */
  readonly cache?: 'hit' | 'stale' | 'coalesced' | undefined;
}

/** An answer as a class: a literal that outlives a few collections teaches V8 to make all of them among the old objects. */
export class HttpResponse implements HttpResult {
  readonly status: number;
  readonly headers: HttpResult['headers'];
  readonly data: unknown;
  readonly url: string;
  readonly attempts: number;
  declare readonly cache?: HttpResult['cache'];

  constructor(request: TransportRequest, response: TransportResponse, data: unknown, attempts: number) {
    this.status = response.status;
    this.headers = response.headers;
    this.data = data;
    this.url = request.url;
    this.attempts = attempts;
  }

  /** A result with these members. */
  static of({ status, headers, data, url, attempts, cache }: HttpResult): HttpResult {
    const request = { url } as TransportRequest;
    const made = new HttpResponse(request, { status, headers } as TransportResponse, data, attempts);
    return cache === undefined ? made : Object.assign(made, { cache });
  }
}

/** Reads for how many milliseconds an answer asks to be left alone, as far as callers are told. */
export type RetryAfterOf = (response: TransportResponse) => number | undefined;

/** True for an answer that the request's options accept. */
export function isAccepted({ validateStatus }: ResolvedRequestOptions, status: number): boolean {
  return validateStatus ? validateStatus(status) : status >= 200 && status <= 299;
}

const never = () => false;

/** Of which answers the body is wanted as a stream: those that will be handed to the caller as one. */
export function bodyIsWanted(options: ResolvedRequestOptions): TransportRequest['isStreamed'] {
  if (options.responseType !== 'stream') return never;
  return (status, headers) => isAccepted(options, status) && !isFollowed(options, { status, headers });
}

/**
 * The body of an accepted answer.
 *
 * @throws UpstreamHttpException for a status that is not accepted
 * @throws UpstreamResponseException for a body that is too large or is not the JSON it says it is
 */
export function acceptResponse(
  request: TransportRequest,
  response: TransportResponse,
  options: ResolvedRequestOptions,
  retryAfterOf: RetryAfterOf,
): unknown {
  const { status } = response;
  if (!isAccepted(options, status)) throw refusal(request, response, retryAfterOf);
  if (response.stream) return response.stream;
  if (response.isCut) throw unusable(request, 'RESILIENCE_RESPONSE_TOO_LARGE');
  if (response.broken) throw response.broken;
  if (response.parsed !== undefined) return response.parsed;
  return options.responseType === 'buffer'
    ? response.body
    : readText(request, response, options.responseType);
}

/** Makes the error that a caller receives for an answer that was not accepted. */
export function refusal(
  { method, url }: TransportRequest,
  response: TransportResponse,
  retryAfterOf: RetryAfterOf,
): UpstreamHttpException {
  const { status: upstreamStatus, headers: upstreamHeaders } = response;
  const retryAfter = retryAfterOf(response);
  const upstreamBody = leniently(response);
  return new UpstreamHttpException({
    method,
    url,
    upstreamStatus,
    upstreamHeaders,
    upstreamBody,
    retryAfter,
  });
}

function readText(request: TransportRequest, response: TransportResponse, type: string): unknown {
  const text = textOf(response);
  if (text === '') return undefined;
  if (type === 'text' || !isJson(response.headers)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw unusable(request, 'RESILIENCE_INVALID_RESPONSE', cause);
  }
}

/** The body of an error is a courtesy: what cannot be parsed is text. */
function leniently(response: TransportResponse): unknown {
  if (response.parsed !== undefined) return response.parsed;
  const text = textOf(response);
  if (text === '') return undefined;
  if (!isJson(response.headers) || response.isCut) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** An answer whose encoding is broken. */
export function notEncodedAsSaid(
  { method, url }: Pick<TransportRequest, 'method' | 'url'>,
  cause: unknown,
): UpstreamResponseException {
  return new UpstreamResponseException({ method, url, reason: 'it is not encoded the way it says', cause });
}

type Code = 'RESILIENCE_RESPONSE_TOO_LARGE' | 'RESILIENCE_INVALID_RESPONSE';

function unusable(
  { method, url, maxResponseBytes }: TransportRequest,
  code: Code,
  cause?: unknown,
): UpstreamResponseException {
  const isLarge = code === 'RESILIENCE_RESPONSE_TOO_LARGE';
  const reason = isLarge ? `it has more than ${maxResponseBytes} bytes` : 'it is not the JSON it says it is';
  return new UpstreamResponseException({ code, method, url, reason, cause });
}
