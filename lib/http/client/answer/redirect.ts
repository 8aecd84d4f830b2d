import { UpstreamResponseException } from '../../../exceptions/upstream.exceptions.js';
import type { Endpoint } from '../../endpoints/endpoint.js';
import type { PreparedRequest } from '../../transport.js';
import type { SentHeaders } from '../../request-headers.js';
import { isIdempotent } from '../../request/replay-safety.js';
import { resolveLocation } from '../../request/request-url.js';
import type { RequestTarget } from '../../request/request-url.js';
import { utf8Value } from '../../response/response-headers.js';
import type { ResponseHeaders, TransportResponse } from '../../transport.js';

const REDIRECT_STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Headers of an origin's client that another origin may see: the client's name, what it accepts, and traces. */
const PUBLIC_HEADER = /^(?:user-agent|accept(?:-.*)?|traceparent|tracestate|b3|x-b3-.*)$/;

/** The same, and headers that describe a request rather than its sender. */
const HARMLESS_HEADER = /^(?:content-.*|range|if-.*)$/;

/** Headers that describe a body, or an action, that a GET no longer has. */
const BODY_HEADERS = [
  'content-type',
  'content-length',
  'content-encoding',
  'content-language',
  'content-location',
  'idempotency-key',
];

/** True for a header of a client that any origin may see; `baggage` is none, as it may tell of users. */
export function isPublicHeader(name: string): boolean {
  return PUBLIC_HEADER.test(name);
}

/** True for an answer that sends the client elsewhere. */
export function isRedirect(status: number, headers: ResponseHeaders): boolean {
  return REDIRECT_STATUSES.has(status) && headers.location !== undefined;
}

/** The limits of following a redirect. */
export interface RedirectRules {
  readonly redirectsLeft: number;
  /** Lower-case names of headers that may follow to another origin. */
  readonly redirectHeaders: readonly string[];
  /** The endpoint of an origin, if it is one of the client's: all of them are its own origin. */
  readonly endpointOf?: ((origin: string) => Endpoint | undefined) | undefined;
}

/** True for an answer that leads a request on to another place. */
export function isFollowed(
  { maxRedirects }: { readonly maxRedirects: number },
  { status, headers }: Pick<TransportResponse, 'status' | 'headers'>,
): boolean {
  return maxRedirects > 0 && isRedirect(status, headers);
}

/**
 * The request to which a redirect leads; undefined if it cannot be made because its body is gone.
 *
 * @throws UpstreamResponseException if there were too many, or the place is not an http or https URL
 */
export function followRedirect(
  request: PreparedRequest,
  { status, headers: { location } }: TransportResponse,
  rules: RedirectRules,
): PreparedRequest | undefined {
  if (rules.redirectsLeft === 0) throw tooMany(request);
  const here = { origin: request.origin, path: request.path, shown: request.url };
  const target = resolveLocation(here, utf8Value(String([location].flat()[0])));
  if (!target) throw leadsNowhere(request);
  const method = methodAfter(status, request.method);
  const keepsBody = method === request.method;
  if (keepsBody && request.isOnce) return undefined;
  const kept = keepsBody ? request.headers : withoutBodyHeaders(request.headers);
  const next = { ...request, ...placeOf(target), method, ...leadTo(target, request, kept, rules) };
  return keepsBody ? next : { ...next, body: undefined, isOnce: false };
}

/** True if a redirect sends what is not idempotent to an origin that is not told the key. */
export function losesKey({ method, headers }: PreparedRequest, next: PreparedRequest): boolean {
  if (next.method !== method || isIdempotent(method)) return false;
  return headers['idempotency-key'] !== undefined && next.headers['idempotency-key'] === undefined;
}

/** RFC 9110 §15.4: 303 asks for a GET; 301 and 302 do for a POST, by old custom. */
function methodAfter(status: number, method: string): string {
  const becomesGet = status === 303 ? method !== 'HEAD' : status < 303 && method === 'POST';
  return becomesGet ? 'GET' : method;
}

function placeOf({ origin, path, shown }: RequestTarget) {
  return { origin, path, url: shown };
}

function withoutBodyHeaders(headers: SentHeaders): SentHeaders {
  const kept = { ...headers };
  for (const name of BODY_HEADERS) delete kept[name];
  return kept;
}

/** The headers of a request that goes on to another place, and whether it is foreign there. */
function leadTo(
  target: RequestTarget,
  { origin, isForeign = false }: PreparedRequest,
  kept: SentHeaders,
  { redirectHeaders, endpointOf }: RedirectRules,
): { headers: SentHeaders; isForeign: boolean } {
  const here = isForeign ? undefined : endpointOf?.(origin);
  const there = here && endpointOf?.(target.origin);
  const authorization = target.authorization ?? there?.authorization;
  if (target.origin === origin) return { headers: withOwn(kept, target.authorization), isForeign };
  if (here && there) return { headers: headersBetween(here, authorization, kept), isForeign: false };
  // where it has once been elsewhere, another origin decides where it goes
  return { headers: withOwn(harmless(kept, redirectHeaders), target.authorization), isForeign: true };
}

function withOwn(headers: SentHeaders, authorization: string | undefined): SentHeaders {
  return authorization === undefined ? { ...headers } : { ...headers, authorization };
}

/** Leaves out what concerns one endpoint alone: the name of its host, and the credentials of its URL. */
function headersBetween(from: Endpoint, authorization: string | undefined, kept: SentHeaders): SentHeaders {
  const headers = { ...kept };
  delete headers.host;
  return headers.authorization === from.authorization ? withAuthorization(headers, authorization) : headers;
}

/** The same headers with another authorization, or without any. */
export function withAuthorization(
  { authorization: _one, ...headers }: SentHeaders,
  other: string | undefined,
): SentHeaders {
  return other === undefined ? headers : { ...headers, authorization: other };
}

/** Leaves what another origin may see; `host` would lead to the wrong place. */
function harmless(headers: SentHeaders, redirectHeaders: readonly string[]): SentHeaders {
  const mayFollow = (name: string) =>
    name !== 'host' && (isPublicHeader(name) || HARMLESS_HEADER.test(name) || redirectHeaders.includes(name));
  return Object.fromEntries(Object.entries(headers).filter(([name]) => mayFollow(name)));
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
