import type { RawRequestOptions } from '../client/prepare/raw-request.js';
import type { HttpRequest } from '../http.options.js';
import type { UndiciDispatcher } from '../transport.js';
import type { EncodedBody } from '../request-body.js';
import { bodyOf, isForm } from './fetch-body.js';
import { followedSignal } from './fetch-signal.js';

/** A dispatcher of any copy of undici. @public */
export interface FetchDispatcher {
  /** As undici has it. */
  dispatch(options: never, handler: never): unknown;
}

/** The second argument of `fetch`: what Node's takes, with a dispatcher of any copy of undici. @public */
export type ResilientFetchInit = Omit<RequestInit, 'dispatcher'> & {
  dispatcher?: FetchDispatcher | undefined;
};

/** A call of `fetch` that has passed every check of its arguments. */
export interface FetchCall {
  /** Without its body, which may have to be waited for. */
  readonly request: HttpRequest;
  readonly readBody: () => Promise<EncodedBody | undefined>;
  readonly raw: RawRequestOptions;
  readonly signal: AbortSignal | undefined;
  readonly redirect: Request['redirect'];
  /** Demanded digests of the body; empty for none. */
  readonly integrity: string;
}

/** Members of an init that the constructor of `Request` checks; the signal is followed without it. */
const CHECKED_MEMBERS = [
  'method',
  'headers',
  'body',
  'referrer',
  'referrerPolicy',
  'mode',
  'credentials',
  'cache',
  'redirect',
  'integrity',
  'keepalive',
  'duplex',
  'priority',
  'window',
] as const;

/** Headers of a caller who keeps a cache of its own: no other cache is to answer. */
const CONDITIONS = ['if-modified-since', 'if-none-match', 'if-unmodified-since', 'if-match', 'if-range'];

/** The Fetch standard's own limit. */
const MOST_REDIRECTS = 20;

/** Stands for the base of a client until the client joins a relative URL with it. */
const PLACEHOLDER = 'http://base.invalid/';

type Init = Readonly<Record<string, unknown>>;

/** True for a URL that needs no network: `data:`, `blob:` and whatever else is not http. */
export function isLocal(input: unknown): boolean {
  const url = input instanceof Request ? input.url : asText(input);
  return URL.canParse(url) && !/^https?:$/.test(new URL(url).protocol);
}

/**
 * Reads the arguments of `fetch` the way the standard does.
 *
 * @throws TypeError for whatever the constructor of `Request` refuses
 */
export function readFetch(input: unknown, init: unknown, hasBaseUrl: boolean): FetchCall {
  const given = (init ?? {}) as Init;
  const request = checkedRequest(input, init, hasBaseUrl);
  const { method, redirect, integrity } = request;
  const { signal: own, dispatcher } = given;
  const signal = followedSignal(own === undefined && input instanceof Request ? input.signal : own);
  return {
    request: {
      method,
      url: input instanceof Request ? input.url : asText(input),
      headers: headersOf(request, input, given),
      signal,
      maxRedirects: redirect === 'follow' ? undefined : 0,
    },
    raw: {
      method,
      dispatcher: (dispatcher ?? undefined) as UndiciDispatcher | undefined,
      maxRedirects: MOST_REDIRECTS,
      decodes: false,
      isUntimed: own !== undefined && own !== null,
      allowAbsoluteUrls: true,
    },
    readBody: () => bodyOf(request, given.body, signal),
    signal,
    redirect,
    integrity,
  };
}

/** A form is written down by this library: the boundary of the standard's own is not the one that is sent. */
function headersOf({ headers, cache }: Request, input: unknown, given: Init): Record<string, string> {
  const sent = { ...cacheHeaders(cache, headers), ...Object.fromEntries(headers) };
  const own = given.headers ?? (input instanceof Request ? input.headers : undefined);
  if (isForm(given.body) && !new Headers(own as Headers).has('content-type')) delete sent['content-type'];
  return sent;
}

/** Makes the headers that tell caches on the way of the cache mode (Fetch standard, HTTP-network-or-cache fetch). */
function cacheHeaders(mode: string, headers: Headers): Record<string, string> {
  const isConditional = mode === 'default' && CONDITIONS.some((name) => headers.has(name));
  if (isConditional || mode === 'no-store' || mode === 'reload')
    return { pragma: 'no-cache', 'cache-control': 'no-cache' };
  return mode === 'no-cache' ? { 'cache-control': 'max-age=0' } : {};
}

function checkedRequest(input: unknown, init: unknown, hasBaseUrl: boolean): Request {
  // a primitive is the constructor's to refuse
  if (init !== undefined && init !== null && typeof init !== 'object' && typeof init !== 'function')
    return new Request(PLACEHOLDER, init);
  const members = CHECKED_MEMBERS.map((name) => [name, (init as Init | undefined | null)?.[name]] as const);
  const known = Object.fromEntries(members.filter(([, value]) => value !== undefined));
  // the constructor would read a form by itself, and a file of it that is lost would end the process (Node 24)
  if (isForm(known.body)) known.body = '';
  const target = input instanceof Request ? input : withoutCredentials(asText(input), hasBaseUrl);
  return new Request(target, { ...known, signal: null });
}

function withoutCredentials(text: string, hasBaseUrl: boolean): string {
  if (!URL.canParse(text)) return hasBaseUrl ? PLACEHOLDER : text;
  const url = new URL(text);
  url.username = url.password = '';
  return url.href;
}

/** As the standard makes a text of anything; a symbol has none. */
function asText(input: unknown): string {
  return `${input as string}`;
}
