import type { buildConnector } from 'undici';
import { undiciPackage } from './load-undici.js';
import type { PoolOptions } from './pool.options.js';
import { ForwardProxy } from './forward-proxy.js';
import type { ProxyEnvironment } from './proxy-environment.js';
import { Route } from './route.js';

/** The parts from which routes are made. */
export interface RouteDeps {
  readonly options: PoolOptions;
  readonly environment: ProxyEnvironment;
  /** True for an origin of the client: that of its base or of its endpoints; without either every origin is. */
  readonly isOwnOrigin: (origin: string) => boolean;
}

/** The ways to origins: which proxy stands between, and what is shown and trusted in TLS. */
export class Routes {
  private own: buildConnector.connector | undefined;
  private foreign: buildConnector.connector | undefined;
  private readonly proxies = new Map<string, ForwardProxy>();

  constructor(private readonly deps: RouteDeps) {}

  /** True if connections of the client show who it is: what must not be shown to another origin. */
  get hasIdentity(): boolean {
    const { cert, key, servername } = this.deps.options.tls ?? {};
    return cert !== undefined || key !== undefined || servername !== undefined;
  }

  /** Makes the route to an origin; reads the environment if that decides. */
  to(origin: string, isForeign: boolean): Route {
    const { isOwnOrigin, options } = this.deps;
    const proxy = this.proxyFor(origin);
    if (isForeign || !isOwnOrigin(origin))
      return new Route(origin, (this.foreign ??= this.connector(false)), undefined, proxy);
    return new Route(origin, (this.own ??= this.connector(true)), options.tls?.servername, proxy);
  }

  private proxyFor(origin: string): ForwardProxy | undefined {
    const { options, environment } = this.deps;
    if (options.proxy === false) return undefined;
    const url = options.proxy === 'env' ? environment.proxyFor(new URL(origin)) : options.proxy;
    if (!url) return undefined;
    const known = this.proxies.get(url.href);
    if (known) return known;
    const { ca, rejectUnauthorized = true } = options.tls ?? {};
    const proxy = new ForwardProxy(url, { ca, rejectUnauthorized });
    this.proxies.set(url.href, proxy);
    return proxy;
  }

  /** Another origin gets the trust of this client, and not its certificate. */
  private connector(isOwn: boolean): buildConnector.connector {
    const { tls = {}, http2 } = this.deps.options;
    const { ca, cert, key, passphrase, rejectUnauthorized = true } = tls;
    const given = isOwn ? { ca, cert, key, passphrase } : { ca };
    const present = Object.entries(given).filter(([, value]) => value !== undefined);
    const secure = { ...Object.fromEntries(present), rejectUnauthorized };
    // the limit is kept on the clock of the application
    return undiciPackage.get().buildConnector({ ...secure, allowH2: http2, timeout: 0 });
  }
}
