import { Logger } from '@nestjs/common';
import { withoutCredentials } from '../../request/url-credentials.js';
import { NoProxy } from './no-proxy.js';

/** The part of the process's environment that says which proxy to use. */
type Environment = Readonly<Record<string, string | undefined>>;

/** `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` of the process, read once, when they are needed first. */
export class ProxyEnvironment {
  private proxies: Readonly<Record<string, URL | undefined>> | undefined;
  private exceptions = new NoProxy('');

  constructor(private readonly environment: Environment = process.env) {}

  /** The proxy for an origin; undefined for none. */
  proxyFor(origin: URL): URL | undefined {
    this.proxies ??= this.read();
    const proxy = this.proxies[origin.protocol];
    return proxy && !this.exceptions.includes(origin) ? proxy : undefined;
  }

  private read() {
    const { value } = this.variable('no_proxy');
    if (value) this.exceptions = new NoProxy(value);
    return { 'http:': this.readProxy('http_proxy'), 'https:': this.readProxy('https_proxy') };
  }

  private readProxy(variable: string): URL | undefined {
    const { name, value } = this.variable(variable);
    if (!value) return undefined;
    const logger = new Logger('Resilience');
    const url = parseProxy(value.includes('://') ? value : `http://${value}`);
    if (url) logger.log(`${name}: requests go through the proxy ${url.host}`);
    else {
      const got = withoutCredentials(value);
      logger.warn(`${name} is ignored: expected an http or https URL of a proxy, got '${got}'`);
    }
    return url;
  }

  /** The variable in lower case, else in upper case; one that is empty stands for none. */
  private variable(name: string): { readonly name: string; readonly value: string | undefined } {
    const upper = name.toUpperCase();
    const used = this.environment[name] === undefined ? upper : name;
    return { name: used, value: this.environment[used]?.trim() };
  }
}

/** The URL of a proxy; undefined for anything else. */
export function parseProxy(value: unknown): URL | undefined {
  const href = value instanceof URL ? value.href : value;
  if (typeof href !== 'string' || !URL.canParse(href)) return undefined;
  const url = new URL(href);
  return /^https?:$/.test(url.protocol) ? url : undefined;
}
