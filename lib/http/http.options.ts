import { callback, oneOf, text, wholeNumber } from '../policy/rules.js';
import { checkLayer } from '../policy/layers.js';
import { parsed } from '../policy/rule.js';
import type { Problems } from '../policy/problems.js';
import type { InputOf, Layer, ResolvedOf, Rule } from '../policy/rule.js';
import { checkPolicy } from '../strategies/policy.options.js';
import type { PolicyLayer, PolicyOptions } from '../strategies/policy.options.js';

/** A value of a query parameter; `undefined` leaves it out, an array repeats it. */
export type QueryValue =
  string | number | boolean | undefined | null | readonly (string | number | boolean)[];

/** Query parameters, by name. */
export type Query = Readonly<Record<string, QueryValue>>;

/** Request headers; `undefined` leaves one out. */
export type RequestHeaders = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** A string-keyed object; its values are checked when the request is built. */
function dictionary<T extends object>(expected: string): Rule<T, T | undefined> {
  const parse = (value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  return parsed(expected, undefined, parse as never);
}

const httpBaseUrl = parsed<string, string | undefined>('an absolute http or https URL', undefined, (value) =>
  typeof value === 'string' && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
    ? value
    : undefined,
);

export const clientRules = {
  /** Joined with every relative URL, with exactly one slash. */
  baseUrl: httpBaseUrl,
  /** Headers of every request; those of a request win. */
  headers: dictionary<RequestHeaders>('an object with headers'),
  /** Query parameters of every request; those of a request win. */
  query: dictionary<Query>('an object with query parameters'),
  /** A named policy to start from. */
  policy: text(),
  /** How a body is returned; `'json'` is parsed if the content type says JSON, else text. Default `'json'`. */
  responseType: oneOf(['json', 'text', 'buffer'], { fallback: 'json' }),
  /** Which statuses are a success. Default: 200 to 299. */
  validateStatus: callback<(status: number) => boolean>(),
  /** Longest accepted body in bytes. Default 10 MiB. */
  maxResponseBytes: wholeNumber({ fallback: 10 * 1024 * 1024, min: 0 }),
};

const keyRule = parsed<string | true, string | true | undefined>(
  'true, or a text without line breaks',
  undefined,
  (value) =>
    value === true || (typeof value === 'string' && /^[\x20-\x7e]+$/.test(value)) ? value : undefined,
);

const signalRule = parsed<AbortSignal, AbortSignal | undefined>('an AbortSignal', undefined, (value) =>
  value instanceof AbortSignal ? value : undefined,
);

export const requestRules = {
  ...clientRules,
  /** One `Idempotency-Key` for all attempts: `true` for a new UUID, or a key of your own. Makes POST and PATCH repeatable. */
  idempotencyKey: keyRule,
  /** The caller's abort: ends the attempt and every wait at once, with the signal's reason. */
  signal: signalRule,
};

/** Options of an HTTP client; strategies in it are those of a policy. */
export interface HttpClientOptions extends PolicyOptions, InputOf<typeof clientRules> {}

/** Options of one request; they win over the client's. */
export interface HttpRequestOptions extends PolicyOptions, InputOf<typeof requestRules> {}

/** A request as a whole, for `ResilientHttpService.request`. */
export interface HttpRequest extends HttpRequestOptions {
  /** Default GET. */
  method?: string | undefined;
  url: string;
  /** Sent as JSON, unless it is a string, Buffer or URLSearchParams. */
  body?: unknown;
  /** Sent as JSON whatever it is. */
  json?: unknown;
}

/** The options of one request with those of its client, without the strategies. */
export type ResolvedRequestOptions = ResolvedOf<typeof requestRules>;

/** One checked layer of HTTP options. */
export interface HttpLayer {
  readonly strategies: PolicyLayer;
  readonly http: Layer<typeof requestRules>;
}

type HttpRules = typeof clientRules | typeof requestRules;

/** Checks the options of a client or a request; never throws. */
export function checkHttpOptions(
  rules: HttpRules,
  value: object,
  path: string,
  problems: Problems,
): HttpLayer {
  const strategies = checkPolicy(value, path, problems, Object.keys(rules));
  const own = Object.fromEntries(Object.entries(value).filter(([key]) => key in rules));
  const known = Object.keys(own).length > 0 ? checkLayer(rules, own, path, problems) : {};
  return { strategies, http: known };
}
