import { callback, dictionary, duration, group, having, oneOf, text, wholeNumber } from '../policy/rules.js';
import { accepted, parsed } from '../policy/rule.js';
import type { InputOf, Layer, ResolvedOf } from '../policy/rule.js';
import type { RateLimitOptions } from '../strategies/rate-limit/rate-limit.options.js';
import type { CircuitBreakerOptions } from '../strategies/circuit-breaker/circuit-breaker.options.js';
import type { CacheOptions } from '../strategies/cache/cache.options.js';
import type { CacheKey } from '../strategies/call-key.js';
import type { CoalesceOptions } from '../strategies/coalesce/coalesce.options.js';
import type { PolicyOptions } from '../strategies/policy.options.js';
import { authOption } from './client/auth.js';
import type { OnRequest, OnResponse } from './client/hooks.js';
import { keptRules } from './kept.options.js';
import type { HttpAnswerOptions } from './kept.options.js';
import { endpointRules } from './endpoints/endpoints.options.js';
import { isHeaderName } from './request-headers.js';
import { timeoutRules } from '../strategies/timeout/timeout.options.js';
import type { Duration } from '../policy/duration.js';
import type { RequestHeaders } from './request-headers.js';
import { httpHref } from './request/http-href.js';
import { withoutCredentials } from './request/url-credentials.js';
import type { HttpTransport, UndiciDispatcher } from './transport.js';
import { poolRules } from './transports/undici/pool.options.js';

/** A value of a query parameter; `undefined` and `null` leave it out, an array repeats it. @public */
export type QueryValue =
  string | number | boolean | undefined | null | readonly (string | number | boolean | undefined | null)[];

/** Query parameters, by name. @public */
export type Query = Readonly<Record<string, QueryValue>>;

/** Form of a list in a query: `a=1&a=2`, or `a[]=1&a[]=2`. @public */
export type QueryStyle = 'repeat' | 'brackets';

/** The form in which a body is returned. @public */
export type ResponseType = 'json' | 'text' | 'buffer' | 'stream';

const httpBaseUrl = parsed<string | URL, string | undefined>(
  'an absolute http or https URL',
  undefined,
  httpHref,
  (value) =>
    typeof value === 'string' || value instanceof URL
      ? withoutCredentials(String(value)).split(/[?#]/, 1)[0]
      : value,
);

const redirectHeaders = parsed<readonly string[], readonly string[]>(
  "a list of header names, such as ['x-tenant']",
  [],
  (value) =>
    Array.isArray(value) && value.every(isHeaderName) ? value.map((name) => name.toLowerCase()) : undefined,
);

const idempotencyKey = parsed<string | boolean, string | boolean | undefined>(
  'true, false, or a text of printable ASCII characters',
  undefined,
  (value) =>
    typeof value === 'boolean' || (typeof value === 'string' && /^[\x20-\x7e]+$/.test(value))
      ? value
      : undefined,
);

const sharedRules = {
  /** Joined with every relative URL, with exactly one slash. */
  baseUrl: httpBaseUrl,
  /** Headers of every request; those of a request win. */
  headers: dictionary<RequestHeaders>('a plain object with headers'),
  /**
   * Query parameters of every request, appended to the query of the URL; those of a request win. A request's `null` takes
   * one of the client away.
   */
  query: dictionary<Query>('a plain object with query parameters'),
  /** Form of lists in `query`: `'repeat'` writes `a=1&a=2`, `'brackets'` writes `a[]=1&a[]=2`. */
  queryStyle: oneOf<QueryStyle, { fallback: QueryStyle }>(['repeat', 'brackets'], { fallback: 'repeat' }),
  /** A named policy to start from. */
  policy: text(),
  /**
   * One `Idempotency-Key` for all attempts: `true` for a new UUID, or a key of your own. Makes POST and PATCH
   * repeatable. `true` on a client gives one to every POST and PATCH.
   */
  idempotencyKey,
  /**
   * Form in which a body is returned; `'json'` is parsed if the content type says JSON, else text; `'stream'` is a Node
   * `Readable`, whose timeouts end with the headers. Default `'json'`.
   */
  responseType: oneOf<ResponseType, { fallback: ResponseType }>(['json', 'text', 'buffer', 'stream'], {
    fallback: 'json',
  }),
  /** Which statuses are a success. Default: 200 to 299. */
  validateStatus: callback<(status: number) => boolean>(),
  /** Longest accepted body in bytes, counted after decompression; not for streams. Default 10 MiB. */
  maxResponseBytes: wholeNumber({ fallback: 10 * 1024 * 1024, min: 0 }),
  /** Redirects that are followed; 0 leaves them to you. Default 5. */
  maxRedirects: wholeNumber({ fallback: 5, min: 0 }),
  /** Headers that may follow a redirect to another origin, beside harmless ones such as `accept`. Default: none. */
  redirectHeaders,
};

export const clientRules = {
  ...sharedRules,
  ...endpointRules,
  ...poolRules,
  /**
   * `'server'`: an answer that says its quota is used up (`RateLimit: …;r=0;t=30`, or `RateLimit-Remaining: 0`
   * with a reset) makes the next requests to that origin wait until there is a new one. Default: off.
   */
  rateLimit: oneOf(['server'] as const, {}),
  /**
   * True if an absolute URL may lead to another origin than that of the `baseUrl` or of the `endpoints`. Such a request gets nothing
   * that is set on the client but `user-agent`, `accept*`, trace headers and limits. Default: false with either of them, else true.
   */
  allowAbsoluteUrls: accepted<boolean, boolean | undefined>(
    'true or false',
    (value) => typeof value === 'boolean',
  ),
  /** Authorization by a token that is kept, and renewed before it expires and after a 401. */
  auth: authOption,
  /**
   * Runs before each attempt is sent, not for redirects; may be async, and may change the headers. An error is the call's:
   * nothing is sent, and the circuit does not hear of it.
   */
  onRequest: callback<OnRequest>(),
  /**
   * Runs with the last answer of each attempt, whatever its status; may be async. An error is the call's, and the
   * circuit does not hear of it.
   */
  onResponse: callback<OnResponse>(),
  /** Transport that sends the requests: `axiosTransport(axios)`, `fetchTransport()` or your own. Default: undici. */
  transport: having<HttpTransport>('send', 'an object with a method send(), such as axiosTransport(axios)'),
  /** An undici dispatcher of your own (`Agent`, `ProxyAgent`, `MockAgent`); it is yours to close. */
  dispatcher: having<UndiciDispatcher>('dispatch', 'an undici dispatcher'),
};

const signal = parsed<AbortSignal, AbortSignal | undefined>('an AbortSignal', undefined, (value) =>
  value instanceof AbortSignal ? value : undefined,
);

export const requestRules = {
  ...sharedRules,
  /** The caller's abort: ends the attempt and every wait at once, with the signal's reason. */
  signal,
};

/** The limits of an HTTP client and of its requests. */
export const httpTimeoutRules = {
  ...timeoutRules,
  /**
   * Longest wait for the next bytes of a streamed body (`'stream'`, `createResilientFetch`); a reader that pauses costs
   * nothing of it. Default `'5m'`.
   */
  idle: duration({ fallback: '5m', positive: true }),
};

/** The options of a request in their final form: the idle limit stands among those of the time for its user, `kept` in `cache`. */
export const mergedRules = {
  ...requestRules,
  idle: httpTimeoutRules.idle,
  kept: group<typeof keptRules, HttpAnswerOptions>(keptRules),
};

/** Time limits of an HTTP client or of one request. @public */
export interface HttpTimeoutOptions extends InputOf<typeof httpTimeoutRules> {}

/** The facts of a request that a `circuitBreaker.key` of an HTTP client receives. @public */
export interface CircuitKeyRequest {
  /** In upper case. */
  readonly method: string;
  /** As sent, without credentials. */
  readonly url: URL;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[]>>;
}

/** Circuit options of an HTTP client. @public */
export interface HttpCircuitBreakerOptions extends Omit<CircuitBreakerOptions, 'key'> {
  /** One circuit per key instead of one per origin, such as a route or a tenant. */
  key?: ((request: CircuitKeyRequest) => string) | undefined;
}

/** Cache options of an HTTP client: for GET and HEAD. @public */
export interface HttpCacheOptions extends Omit<CacheOptions, 'key'>, HttpAnswerOptions {
  /**
   * The key of an answer in place of its URL and of the headers in `varyBy`. Needed with `onRequest`, `axiosTransport()` and
   * `fetchTransport()`: what they add is not known beforehand.
   */
  key?: ((request: CircuitKeyRequest) => CacheKey) | undefined;
}

/** Coalescing options of an HTTP client: for GET and HEAD. @public */
export interface HttpCoalesceOptions extends Omit<CoalesceOptions, 'key'> {
  /** Which requests share a run, in place of those of the same URL and headers in `cache.varyBy`. */
  key?: ((request: CircuitKeyRequest) => CacheKey) | undefined;
}

/** The strategies of an HTTP client. @public */
export interface HttpPolicyOptions extends Omit<
  PolicyOptions,
  'cache' | 'circuitBreaker' | 'coalesce' | 'timeout'
> {
  /** Keeps answers of GET and HEAD for a time; false for none. */
  cache?: HttpCacheOptions | false | undefined;
  /** Lets concurrent GETs and HEADs of one URL share one run; false for none. */
  coalesce?: HttpCoalesceOptions | false | undefined;
  /** A limit for each attempt, or `{ attempt, total, idle }`; false for none. */
  timeout?: Duration | HttpTimeoutOptions | false | undefined;
  /** Fails fast in an outage, per origin; false for none. */
  circuitBreaker?: HttpCircuitBreakerOptions | false | undefined;
}

/** Options of an HTTP client; strategies in it are those of a policy. @public */
export interface HttpClientOptions
  extends Omit<HttpPolicyOptions, 'rateLimit'>, Omit<InputOf<typeof clientRules>, 'rateLimit'> {
  /** A limit of your own per origin, or `'server'`: wait when an answer says that its quota is used up. */
  rateLimit?: 'server' | RateLimitOptions | false | undefined;
}

/** Options of one request; they win over the client's. @public */
export interface HttpRequestOptions extends HttpPolicyOptions, InputOf<typeof requestRules> {}

/** A request as a whole, for `ResilientHttpService.request`. @public */
export interface HttpRequest extends HttpRequestOptions {
  /** Default GET. */
  method?: string | undefined;
  /** Absolute, or joined with the `baseUrl`. */
  url: string | URL;
  /**
   * Text, bytes, `URLSearchParams`, `FormData`, `Blob` and streams are sent as they are, anything else as JSON.
   * A stream is sent once: such a request is never repeated. A function is asked for the body whenever it is sent:
   * `() => createReadStream(path)` makes a stream repeatable.
   */
  body?: unknown;
  /** Sent as JSON whatever it is. */
  json?: unknown;
}

/** The options of one request with those of its client, without the strategies. */
export type ResolvedRequestOptions = ResolvedOf<typeof mergedRules>;

/** One checked layer of a client's options without the strategies. */
export type ClientLayer = Layer<typeof clientRules & Pick<typeof mergedRules, 'idle' | 'kept'>>;

/** One checked layer of a request's options without the strategies. */
export type RequestLayer = Layer<typeof mergedRules>;
