import { InvalidRequestException } from '../../exceptions/upstream.exceptions.js';
import { basicOf, withoutCredentials } from './url-credentials.js';

/** Where a request goes. */
export interface RequestTarget {
  /** `https://api.example.com:8443`: names the circuit and the connection pool. */
  readonly origin: string;
  /** Path and query, as sent. */
  readonly path: string;
  /** For people: without credentials or query. */
  readonly shown: string;
  /** `Basic …` if the URL held credentials. */
  readonly authorization?: string | undefined;
}

/** A base URL, parsed once for all requests of its client. */
export interface ParsedBase {
  readonly href: string;
  readonly origin: string;
  /** The path without a slash at its end. */
  readonly prefix: string;
  /** True without credentials and query: then a plain path below it needs no parsing. */
  readonly isPlain: boolean;
}

const ABSOLUTE_URL = /^[a-z][a-z\d+.-]*:\/\//i;

/** A path that a URL parser would leave as it is, but for `.` segments and repeated slashes. */
const PLAIN_PATH = /^\/[\w.~!$&()*+,;=:@/-]*$/;

export function parseBase(baseUrl: string): ParsedBase {
  const { href, origin, pathname, search, username, password } = new URL(baseUrl);
  const isPlain = search === '' && username === '' && password === '';
  return { href, origin, prefix: withoutEndSlashes(pathname), isPlain };
}

/** Takes linear time, which `/\/+$/` does not. */
function withoutEndSlashes(path: string): string {
  let end = path.length;
  while (path[end - 1] === '/') end--;
  return path.slice(0, end);
}

/**
 * Joins base and `url` with exactly one slash; `''` and `?q` keep the base's path, an absolute URL ignores it.
 *
 * @throws InvalidRequestException for a URL that is none, or is not http or https, or whose `..` leaves the base's path
 */
export function resolveTarget(base: ParsedBase | undefined, url: unknown): RequestTarget {
  if (base?.isPlain && typeof url === 'string' && isPlainPath(url)) {
    const path = base.prefix + url;
    return { origin: base.origin, path, shown: base.origin + path };
  }
  return recentTarget(join(base, url));
}

/** The same target with parameters behind its query, which keeps its bytes. */
export function withQuery(target: RequestTarget, query: string): RequestTarget {
  if (query === '') return target;
  const { path } = target;
  const separator = path.includes('?') ? (/[?&]$/.test(path) ? '' : '&') : '?';
  return { ...target, path: path + separator + query };
}

/** True for a URL that names its own origin. */
export function isAbsolute(url: unknown): boolean {
  return url instanceof URL || (typeof url === 'string' && ABSOLUTE_URL.test(url));
}

/** For messages: without credentials, query and fragment. */
export function shownUrl(url: string): string {
  return JSON.stringify(withoutCredentials(url).split(/[?#]/, 1)[0]);
}

/** Targets of late: parsing a URL costs more than everything else that is done for a small request. */
const recent = new Map<string, RequestTarget>();
const MOST_RECENT_URLS = 1000;
const LONGEST_KEPT_URL = 500;

function recentTarget(url: string): RequestTarget {
  const known = recent.get(url);
  if (known) return known;
  const target = targetOf(parseUrl(url));
  // secrets are not kept
  if (url.length > LONGEST_KEPT_URL || target.authorization !== undefined) return target;
  if (recent.size >= MOST_RECENT_URLS) recent.clear();
  recent.set(url, target);
  return target;
}

/**
 * Where a redirect leads; undefined for a place to which no request may go.
 */
export function resolveLocation(
  { origin, path }: RequestTarget,
  location: string,
): RequestTarget | undefined {
  if (!URL.canParse(location, origin + path)) return undefined;
  const parsed = new URL(location, origin + path);
  return isHttp(parsed) ? targetOf(parsed) : undefined;
}

function targetOf({ origin, pathname, search, username, password }: URL): RequestTarget {
  const authorization = basicOf(username, password);
  return { origin, path: pathname + search, shown: origin + pathname, authorization };
}

function isPlainPath(url: string): boolean {
  return PLAIN_PATH.test(url) && !url.includes('//') && !url.includes('/.');
}

function join(base: ParsedBase | undefined, url: unknown): string {
  if (url instanceof URL) return url.href;
  if (typeof url !== 'string')
    throw new InvalidRequestException({ reason: `url: expected a text or a URL, got ${typeof url}` });
  if (base === undefined || ABSOLUTE_URL.test(url)) return url;
  const joined = new URL(base.href);
  const [, path = '', search = ''] = /^([^?#]*)(\?[^#]*)?/.exec(url) as RegExpExecArray;
  if (base.prefix !== '' && leavesItsPlace(path))
    throw new InvalidRequestException({
      reason: `url: expected a path below that of the baseUrl, got ${shownUrl(url)}`,
    });
  if (path !== '') joined.pathname = `${base.prefix}/${path.replace(/^[/\\]+/, '')}`;
  if (search !== '')
    joined.search = `?${[joined.search.slice(1), search.slice(1)].filter(Boolean).join('&')}`;
  return joined.href;
}

/** Characters by which a segment ends, for a URL parser or for a server that decodes a path first. */
const SEGMENT_END = /\/|\\|%2f|%5c/i;

/** `..`, also encoded, or with a parameter, which some servers cut off. */
const UPWARDS = /^(?:\.|%2e){2}(?:;|$)/i;

/** A segment that leads nowhere. */
const NEUTRAL = /^(?:\.|%2e)?(?:;|$)/i;

/** True if the `..` of a path lead out of the place to which it is joined, at its end or on the way. */
function leavesItsPlace(path: string): boolean {
  let depth = 0;
  // a URL parser leaves these out
  for (const segment of path.replace(/[\t\r\n]/g, '').split(SEGMENT_END)) {
    if (UPWARDS.test(segment)) depth--;
    else if (!NEUTRAL.test(segment)) depth++;
    if (depth < 0) return true;
  }
  return false;
}

function parseUrl(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed && isHttp(parsed)) return parsed;
  const shown = shownUrl(url);
  if (!parsed)
    throw new InvalidRequestException({ reason: `url: expected an absolute URL or a baseUrl, got ${shown}` });
  throw new InvalidRequestException({ reason: `url: expected http or https, got ${shown}` });
}

function isHttp({ protocol }: URL): boolean {
  return protocol === 'http:' || protocol === 'https:';
}
