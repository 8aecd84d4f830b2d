import { UpstreamHttpException, UpstreamResponseException } from '../exceptions/upstream.exceptions.js';
import { parseServerDelay } from '../policy/server-delay.js';
import type { ResolvedRequestOptions } from './http.options.js';
import type { PreparedRequest, RawResponse } from './transport.js';

/** What a request resolves with. */
export interface HttpResult<T = unknown> {
  readonly status: number;
  /** Lower-case names; a header that came more than once has an array. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** Parsed JSON, text or a Buffer; undefined for an empty JSON or text body. */
  readonly data: T;
  /** The URL that answered, without credentials or query. */
  readonly url: string;
  /** How many attempts were made. */
  readonly attempts: number;
}

const JSON_TYPE = /^application\/(?:[^;]+\+)?json\b/i;

function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299;
}

/**
 * The body of an accepted answer.
 *
 * @throws UpstreamHttpException for a status that is not accepted
 * @throws UpstreamResponseException for a body that is too large or is not the JSON it says it is
 */
export function acceptResponse(
  request: PreparedRequest,
  response: RawResponse,
  options: ResolvedRequestOptions,
  wallNow: number,
): unknown {
  const { method, url } = request;
  const { status, headers } = response;
  if (!(options.validateStatus ?? isSuccess)(status)) {
    const details = { method, url, upstreamStatus: status, upstreamHeaders: headers };
    const retryAfter = parseServerDelay({ headers, status }, wallNow);
    throw new UpstreamHttpException({ ...details, upstreamBody: leniently(response), retryAfter });
  }
  if (response.isCut) {
    const reason = `it has more than ${request.maxResponseBytes} bytes`;
    throw new UpstreamResponseException({ code: 'RESILIENCE_RESPONSE_TOO_LARGE', method, url, reason });
  }
  return options.responseType === 'buffer'
    ? response.body
    : readText(request, response, options.responseType);
}

function readText(request: PreparedRequest, response: RawResponse, type: 'json' | 'text'): unknown {
  const text = response.body.toString('utf8');
  if (text === '') return undefined;
  if (type === 'text' || !isJson(response)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const { method, url } = request;
    throw new UpstreamResponseException({ method, url, reason: 'it is not the JSON it says it is', cause });
  }
}

/** The body of an error is a courtesy: what cannot be parsed is text. */
function leniently(response: RawResponse): unknown {
  const text = response.body.toString('utf8');
  if (text === '') return undefined;
  if (!isJson(response) || response.isCut) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function isJson({ headers }: RawResponse): boolean {
  return JSON_TYPE.test(String(headers['content-type'] ?? ''));
}
