import { UpstreamResponseException } from '../../exceptions/upstream.exceptions.js';
import type { PreparedRequest } from '../transport.js';
import type { SentHeaders } from '../request-headers.js';
import { resolveLocation } from '../request/request-url.js';
import type { RequestTarget } from '../request/request-url.js';
import { utf8Value } from '../response/response-headers.js';
import type { ResponseHeaders, TransportResponse } from '../transport.js';

const REDIRECT_STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Headers that belong to one origin alone: a redirect to another one drops them. `host` would lead to the wrong place. */
const CONFIDENTIAL_HEADERS = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'x-api-key',
  'x-auth-token',
  'host',
];

/** Headers that describe a body, or an action, that a GET no longer has. */
const BODY_HEADERS = [
  'content-type',
  'content-length',
  'content-encoding',
  'content-language',
  'content-location',
  'idempotency-key',
];

/** True for an answer that sends the client elsewhere. */
export function isRedirect(status: number, headers: ResponseHeaders): boolean {
  return REDIRECT_STATUSES.has(status) && headers.location !== undefined;
}

/**
 * The request to which a redirect leads; undefined if it cannot be made because its body is gone.
 *
 * @throws UpstreamResponseException if there were too many, or the place is not an http or https URL
 */
export function followRedirect(
  request: PreparedRequest,
  { status, headers }: TransportResponse,
  redirectsLeft: number,
): PreparedRequest | undefined {
  if (redirectsLeft === 0) throw tooMany(request);
  const here = { origin: request.origin, path: request.path, shown: request.url };
  const target = resolveLocation(here, utf8Value(String([headers.location].flat()[0])));
  if (!target) throw leadsNowhere(request);
  const method = methodAfter(status, request.method);
  const keepsBody = method === request.method;
  if (keepsBody && request.isOnce) return undefined;
  const next = { ...request, ...placeOf(target), method, headers: headersAfter(request, target, keepsBody) };
  return keepsBody ? next : { ...next, body: undefined, isOnce: false };
}

/** RFC 9110 §15.4: 303 asks for a GET; 301 and 302 do for a POST, by old custom. */
function methodAfter(status: number, method: string): string {
  const becomesGet = status === 303 ? method !== 'HEAD' : status < 303 && method === 'POST';
  return becomesGet ? 'GET' : method;
}

function placeOf({ origin, path, shown }: RequestTarget) {
  return { origin, path, url: shown };
}

function headersAfter(request: PreparedRequest, target: RequestTarget, keepsBody: boolean): SentHeaders {
  const headers = { ...request.headers };
  if (!keepsBody) for (const name of BODY_HEADERS) delete headers[name];
  if (target.origin !== request.origin) for (const name of CONFIDENTIAL_HEADERS) delete headers[name];
  if (target.authorization !== undefined) headers.authorization = target.authorization;
  return headers;
}

function tooMany({ method, url }: PreparedRequest): UpstreamResponseException {
  const reason = 'it redirects more often than maxRedirects allows';
  return new UpstreamResponseException({ code: 'RESILIENCE_TOO_MANY_REDIRECTS', method, url, reason });
}

function leadsNowhere({ method, url }: PreparedRequest): UpstreamResponseException {
  return new UpstreamResponseException({
    method,
    url,
    reason: 'it redirects to something that is no web address',
  });
}
