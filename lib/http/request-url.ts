import { InvalidRequestException } from '../exceptions/upstream.exceptions.js';
import type { Query, QueryValue } from './http.options.js';

/** Where a request goes. */
export interface RequestTarget {
  /** `https://api.example.com:8443`: names the circuit and the connection pool. */
  readonly origin: string;
  /** Path and query, as sent. */
  readonly path: string;
  /** For people: without credentials or query. */
  readonly shown: string;
  /** `Basic …` if the URL held credentials. */
  readonly authorization: string | undefined;
}

const ABSOLUTE = /^[a-z][a-z\d+.-]*:\/\//i;

/**
 * Joins `baseUrl` and `url` with exactly one slash; `''` and `?q` keep the base's path, an absolute URL ignores it.
 *
 * @throws InvalidRequestException for a URL that is none, or is not http or https
 */
export function resolveTarget(
  baseUrl: string | undefined,
  url: unknown,
  queries: readonly (Query | undefined)[],
): RequestTarget {
  const parsed = parseUrl(join(baseUrl, url));
  for (const query of queries) mergeQuery(parsed.searchParams, query);
  const { origin, pathname, search, username, password } = parsed;
  const authorization = username || password ? basic(username, password) : undefined;
  return { origin, path: pathname + search, shown: origin + pathname, authorization };
}

function join(baseUrl: string | undefined, url: unknown): string {
  if (url instanceof URL) return url.href;
  if (typeof url !== 'string')
    throw new InvalidRequestException({ reason: `url: expected a string, got ${typeof url}` });
  if (baseUrl === undefined || ABSOLUTE.test(url)) return url;
  const base = new URL(baseUrl);
  const [, path = '', search = ''] = /^([^?#]*)(\?[^#]*)?/.exec(url) as RegExpExecArray;
  if (path !== '') base.pathname = `${base.pathname.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`;
  if (search !== '') base.search = [base.search.slice(1), search.slice(1)].filter(Boolean).join('&');
  return base.href;
}

function parseUrl(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const shown = JSON.stringify(url.replace(/\/\/[^/@]*@/, '//').split('?')[0]);
  if (!parsed)
    throw new InvalidRequestException({ reason: `url: expected an absolute URL or a baseUrl, got ${shown}` });
  if (/^https?:$/.test(parsed.protocol)) return parsed;
  throw new InvalidRequestException({ reason: `url: expected http or https, got ${shown}` });
}

function mergeQuery(params: URLSearchParams, query: Query | undefined): void {
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === undefined) continue;
    params.delete(name);
    for (const item of valuesOf(value)) params.append(name, String(item));
  }
}

function valuesOf(value: QueryValue): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function basic(username: string, password: string): string {
  const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(text).toString('base64')}`;
}
