import { parsed } from '../../../policy/rule.js';
import type { ResolvedOf } from '../../../policy/rule.js';
import { duration, flag, wholeNumber } from '../../../policy/rules.js';
import { withoutCredentials } from '../../request/url-credentials.js';
import { parseProxy } from './proxy-environment.js';
import { tlsGroup, tlsRules } from './tls.options.js';

/** A value of the option `proxy`. `'env'` is a text like any other to the compiler. */
type ProxyOption = URL | string | false;

const proxy = parsed<ProxyOption, 'env' | URL | false>(
  "'env', an http or https URL of a proxy, or false",
  'env',
  (value) => (value === 'env' || value === false ? value : parseProxy(value)),
  (value) => (typeof value === 'string' || value instanceof URL ? withoutCredentials(String(value)) : value),
);

/** The options of a client's connections. A `transport` or a `dispatcher` of the user's own does that by itself. */
export const poolRules = {
  /**
   * Requests under way to one origin at once, until their bodies have ended; HTTP/1.1 needs as many connections. The others
   * wait: first come, first served. Default 256.
   */
  connections: wholeNumber({ fallback: 256, min: 1 }),
  /** Requests that may wait for their turn per origin; beyond it they get `BulkheadFullException`. Default 10 000. */
  maxPending: wholeNumber({ fallback: 10_000, min: 0 }),
  /**
   * Time for which an idle connection is kept; shorter if the server says so (`Keep-Alive: timeout=5`). 0 gives every request a
   * connection of its own. Default 4 s.
   */
  keepAlive: duration({ fallback: '4s' }),
  /**
   * Limit for DNS, TCP, the proxy's tunnel and TLS together. A request that exceeds it was not sent, and may be repeated
   * whatever it is. Default: none but the attempt's; 2 s with `endpoints`.
   */
  connectTimeout: duration({ positive: true }),
  /**
   * Offers HTTP/2 to servers that speak TLS (ALPN). Requests that may be repeated share connections then; the others have one
   * of their own. Default false.
   */
  http2: flag({ fallback: false }),
  /**
   * `'env'` reads `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` (lower case wins), once, with the first request; a URL is the proxy
   * for everything; false is none. Default `'env'`.
   */
  proxy,
  /** Certificates, and whom to trust. The own certificate is shown to the client's own origin only. */
  tls: tlsGroup(tlsRules),
  /** Longest header of an answer in bytes. Default: Node's own, 16 KiB unless `--max-http-header-size` says otherwise. */
  maxHeaderSize: wholeNumber({ min: 1 }),
};

/** The resolved options of connections. */
export type PoolOptions = ResolvedOf<typeof poolRules>;

/** The names of the options of connections. */
export const POOL_OPTION_NAMES = Object.keys(poolRules) as readonly (keyof PoolOptions)[];
