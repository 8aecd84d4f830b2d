import { isOptionsObject } from '../../policy/layers.js';
import type { Problems } from '../../policy/problems.js';
import type { Rule } from '../../policy/rule.js';
import { duration, oneOf } from '../../policy/rules.js';
import { httpHref } from '../request/http-href.js';
import { withoutCredentials } from '../request/url-credentials.js';

/** Finds the endpoints of an HTTP client, such as by asking a registry. @public */
export type FindEndpoints = () => Promise<readonly (string | URL)[]>;

/** Where a call begins: always with the first endpoint, or with each in turn. @public */
export type EndpointBalance = 'ordered' | 'round-robin';

const EXPECTED = "a list of absolute http or https URLs, such as ['https://a.example.com'], or a function";

/** For messages: without what may be a secret. */
function shown(value: unknown): unknown {
  const isUrl = typeof value === 'string' || value instanceof URL;
  return isUrl ? withoutCredentials(String(value)).split(/[?#]/, 1)[0] : value;
}

/**
 * The absolute URLs of a list, each of another origin.
 *
 * @returns undefined for a list that is wrong, after reporting to `problems`
 */
export function checkEndpoints(
  value: unknown,
  path: string,
  problems: Pick<Problems, 'add'>,
): readonly string[] | undefined {
  if (!Array.isArray(value) || value.length === 0) {
    problems.add(path, EXPECTED, isOptionsObject(value) ? value : shown(value));
    return undefined;
  }
  const origins = new Map<string, number>();
  const hrefs = value.map((one: unknown, index) => {
    const href = httpHref(one);
    const place = `${path}[${index}]`;
    if (href === undefined) {
      problems.add(place, 'an absolute http or https URL', shown(one));
      return undefined;
    }
    const { origin } = new URL(href);
    const earlier = origins.get(origin);
    if (earlier !== undefined)
      problems.add(place, `an endpoint of another origin than ${path}[${earlier}]`, shown(one));
    origins.set(origin, index);
    return earlier === undefined ? href : undefined;
  });
  return hrefs.every((href) => href !== undefined) ? hrefs : undefined;
}

/** A list, which is checked at once, or a function, whose list is checked when it comes. */
function listOrFunction(): Rule<
  readonly (string | URL)[] | FindEndpoints,
  readonly string[] | FindEndpoints | undefined
> {
  return {
    expected: EXPECTED,
    fallback: undefined,
    check: (value, path, problems) =>
      typeof value === 'function' ? (value as FindEndpoints) : checkEndpoints(value, path, problems),
  };
}

/** The options of a client with more than one endpoint. */
export const endpointRules = {
  /**
   * Equivalent upstreams, each of another origin, in place of `baseUrl`. A call whose connection to one never came about goes on
   * with the next at once; a retry goes to another one. A function is asked at the start and after every `refresh`.
   */
  endpoints: listOrFunction(),
  /** Where a call begins: `'ordered'` with the first endpoint, `'round-robin'` with each in turn. Default `'ordered'`. */
  balance: oneOf<EndpointBalance, { fallback: EndpointBalance }>(['ordered', 'round-robin'], {
    fallback: 'ordered',
  }),
  /** Time after which the next call has the function of `endpoints` asked again; no timer runs. Default 30 s. */
  refresh: duration({ fallback: '30s', positive: true }),
};

/** The time in which a connection to one of several endpoints has to come about, unless `connectTimeout` says otherwise. */
export const ENDPOINT_CONNECT_TIMEOUT = 2000;

/** Reports options of endpoints that are wrong beside each other. */
export function checkEndpointOptions(
  layer: { readonly [K in keyof typeof endpointRules | 'baseUrl']?: unknown },
  path: string,
  problems: Problems,
): void {
  if (layer.endpoints !== undefined && layer.baseUrl !== undefined)
    problems.add(`${path}.baseUrl`, 'no baseUrl beside endpoints, which stand in its place', 'both');
  for (const name of ['balance', 'refresh'] as const)
    if (layer[name] !== undefined && layer.endpoints === undefined)
      problems.add(`${path}.${name}`, `endpoints beside ${name}`, 'none');
}
