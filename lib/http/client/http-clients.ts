import { tryOrUndefined } from '../../policy/error-chain.js';
import { isOptionsObject, mergeLayers } from '../../policy/layers.js';
import type { Problems } from '../../policy/problems.js';
import type { Runtime } from '../../runtime/runtime.js';
import { retryRules } from '../../strategies/retry/retry.options.js';
import { Auth } from './auth.js';
import { checkClientOptions } from './check-http-options.js';
import { BEFORE_CHOICE, EndpointSource } from '../endpoints/endpoint-source.js';
import { ENDPOINT_CONNECT_TIMEOUT, endpointRules } from '../endpoints/endpoints.options.js';
import type { ClientLayer } from '../http.options.js';
import { forgetCircuits } from './pipelines/forget-circuits.js';
import { HttpClient } from './http-client.js';
import type { HttpClientParts } from './http-client.js';
import { HttpPipelines } from './pipelines/http-pipelines.js';
import { clientDefaults } from './client-defaults.js';
import type { ClientDefaults } from './client-defaults.js';
import { ServerRateLimit } from './pipelines/server-rate-limit.js';
import { resolveTarget } from '../request/request-url.js';
import type { ParsedBase } from '../request/request-url.js';
import { hasPoolOptions } from '../transports/undici/dispatchers.js';
import { SlotFamily } from './pipelines/slot-family.js';
import { poolRules } from '../transports/undici/pool.options.js';
import { ProxyEnvironment } from '../transports/undici/proxy-environment.js';
import { UndiciPools } from '../transports/undici/undici-pools.js';
import { UndiciTransport } from '../transports/undici/undici.transport.js';

/** The default client's name, after which its circuits are called `http[origin]`. */
const DEFAULT_CLIENT = 'http';

/** The sender of a client's requests, and the slots of its connections, where they are its own. */
type Sender = Pick<HttpClientParts, 'transport' | 'ready' | 'slots'>;

/** The HTTP clients of one application. */
export class HttpClients {
  readonly main: HttpClient;
  private readonly named = new Map<string, HttpClient>();
  private readonly environment = new ProxyEnvironment();

  /** @param features - the `clients` of `ResilienceModule.forFeature()` */
  constructor(
    private readonly runtime: Runtime,
    private readonly problems: Problems,
    features: readonly unknown[] = [],
  ) {
    this.main = this.open(DEFAULT_CLIENT, DEFAULT_CLIENT, runtime.httpOptions);
    for (const clients of [runtime.clientsOptions, ...features]) this.openAll(clients);
  }

  /** The names of the clients beside the default one. */
  get names(): string[] {
    return [...this.named.keys()];
  }

  /** The client of a name; undefined if there is none, unless everything runs bare: then it is made. */
  get(name: string): HttpClient | undefined {
    if (this.runtime.isPassThrough && !this.named.has(name)) this.openNamed(name, {});
    return this.named.get(name);
  }

  /**
   * Loads what the first requests of clients need, so that they need not wait for it, and has the endpoints of all clients looked
   * up.
   *
   * @param names - of the clients that classes inject; undefined is the default one
   */
  prepare(names: readonly (string | undefined)[]): Promise<unknown> | undefined {
    const clients = names.map((name) => (name === undefined ? this.main : this.named.get(name)));
    if (!this.runtime.isPassThrough) for (const client of this.all) client.lookUpEndpoints();
    const judges = this.runtime.isPassThrough
      ? []
      : this.all.flatMap((client) => client.readyToJudge() ?? []);
    const loading = [...judges, ...clients.flatMap((client) => client?.ready() ?? [])];
    return loading.length === 0 ? undefined : Promise.all(loading);
  }

  /** Lets go of all connections. */
  async close(): Promise<void> {
    await Promise.all(this.all.map((client) => client.close()));
  }

  private get all(): HttpClient[] {
    return [this.main, ...this.named.values()];
  }

  private openAll(clients: unknown): void {
    if (clients === undefined) return;
    if (!isOptionsObject(clients)) {
      this.problems.add('clients', 'an object with the options of a client per name', clients);
      return;
    }
    for (const [name, options] of Object.entries(clients)) this.openNamed(name, options);
  }

  private openNamed(name: string, options: unknown): void {
    const path = `clients.${name}`;
    if (name === DEFAULT_CLIENT)
      this.problems.add(path, "a name other than that of the default client, 'http'", name);
    if (this.named.has(name)) this.problems.add(path, 'a name that no other client has', name);
    else this.named.set(name, this.open(name, path, options));
  }

  private open(name: string, path: string, options: unknown = {}): HttpClient {
    const { runtime, problems } = this;
    const isObject = isOptionsObject(options);
    if (!isObject) problems.add(path, 'an object with options of the HTTP client', options);
    const layer = checkClientOptions(isObject ? options : {}, path, problems);
    const { auth } = layer.http;
    const endpoints = this.endpoints(name, layer.http);
    const defaults = clientDefaults(layer.http, auth && new Auth(auth, runtime.clock), endpoints);
    for (const origin of originsOf(defaults)) runtime.telemetry.addServer(origin);
    const sender = this.transport(name, defaults);
    const keyWritten = (written: unknown) => urlWritten(endpoints ? BEFORE_CHOICE : defaults.base, written);
    const described = { ...layer, slots: sender.slots, keyWritten };
    const pipelines = new HttpPipelines(runtime, name, described, problems);
    if (endpoints) endpoints.onGone = (origins) => forgetCircuits(pipelines.own, origins);
    return new HttpClient({
      defaults,
      pipelines,
      ...sender,
      pace: runtime.isPassThrough ? undefined : layer.http.rateLimit && this.pace(name, pipelines),
      wallNow: () => runtime.clock.wallNow(),
    });
  }

  private endpoints(name: string, layer: ClientLayer): EndpointSource | undefined {
    if (layer.endpoints === undefined) return undefined;
    const { clock, events, isPassThrough } = this.runtime;
    const options = mergeLayers(endpointRules, [layer]);
    return new EndpointSource(
      { ...options, endpoints: layer.endpoints, client: name, failsOver: !isPassThrough },
      { clock, events },
    );
  }

  private transport(name: string, { layer, base, endpoints }: ClientDefaults): Sender {
    if (layer.transport) return { transport: layer.transport, slots: undefined };
    const { coarse, clock, events, deps } = this.runtime;
    const pools = new UndiciPools({
      name,
      options: mergeLayers(poolRules, [endpoints ? { connectTimeout: ENDPOINT_CONNECT_TIMEOUT } : {}, layer]),
      environment: this.environment,
      isOwnOrigin: (origin) => isHome(origin, base, endpoints),
      state: { coarse, clock, events },
      deadlines: deps.deadlines,
    });
    const transport = new UndiciTransport(pools, {
      client: name,
      dispatcher: layer.dispatcher,
      hasPoolOptions: hasPoolOptions(layer),
    });
    const slots = new SlotFamily(name, pools);
    slots.isInUse = () => transport.usesPools;
    return { transport, slots, ready: () => transport.ready() };
  }

  private pace(name: string, { own }: HttpPipelines): ServerRateLimit {
    const { clock, random } = this.runtime;
    const { maxRetryAfter } = own.parts.retry?.options ?? {
      maxRetryAfter: retryRules.maxRetryAfter.fallback,
    };
    return new ServerRateLimit({ name, clock, random, maxWait: maxRetryAfter });
  }
}

/** The whole URL of what a user writes to name an answer; anything that is no URL is the key itself. */
function urlWritten(base: ParsedBase | undefined, written: unknown): unknown {
  if (typeof written !== 'string' && !(written instanceof URL)) return written;
  const target = tryOrUndefined(() => resolveTarget(base, written));
  return target ? target.origin + target.path : written;
}

/** The origins that stand in the options: they are no keys. */
function originsOf({ base, layer: { endpoints } }: ClientDefaults): string[] {
  if (base) return [base.origin];
  return Array.isArray(endpoints) ? (endpoints as string[]).map((href) => new URL(href).origin) : [];
}

/** True for an origin of the client: that of its base or of its endpoints; without either every origin is. */
function isHome(
  origin: string,
  base: ClientDefaults['base'],
  endpoints: EndpointSource | undefined,
): boolean {
  if (endpoints) return endpoints.endpointOf(origin) !== undefined;
  return base === undefined || base.origin === origin;
}
