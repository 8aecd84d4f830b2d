import { ResilienceCache } from 'nestjs-breakwater';
import type {
  CacheStore,
  HttpClientOptions,
  HttpRequest,
  HttpResult,
  ResilienceModuleOptions,
} from 'nestjs-breakwater';
import { ManualClock } from 'nestjs-breakwater/testing';
import { answer, FaultServer } from './fault-server/fault-server.js';
import type { Arrived, Behaviour } from './fault-server/fault-server.js';
import { startHttp } from './http-application.js';

export type Headers = Record<string, string>;
export type Times = Exclude<HttpClientOptions['cache'], false | undefined>;

/** The options of an application whose client keeps answers by their headers. */
export interface Start {
  readonly times?: Times;
  readonly http?: HttpClientOptions;
  readonly options?: ResilienceModuleOptions;
}

/** A server whose answers say how they may be kept. */
export class TellingUpstream {
  /** All requests since the start of the application, whatever was played meanwhile. */
  arrived: Arrived[] = [];

  private constructor(private readonly server: FaultServer) {}

  static async start(): Promise<TellingUpstream> {
    return new TellingUpstream(await FaultServer.start());
  }

  get url(): string {
    return this.server.url;
  }

  /** The headers of the last request. */
  get lastHeaders(): Headers {
    return this.arrived.at(-1)?.headers ?? {};
  }

  readonly play = (...behaviours: Behaviour[]): void => {
    this.server.play(...behaviours.map(this.noted));
  };

  readonly playAt = (path: string, ...behaviours: Behaviour[]): void => {
    this.server.playAt(path, ...behaviours.map(this.noted));
  };

  /** Answers with a number of its own each time, and these headers. */
  readonly numbered =
    (headers: Headers | ((request: Arrived) => Headers)): Behaviour =>
    (socket, request) => {
      const given = typeof headers === 'function' ? headers(request) : headers;
      answer(200, `${this.arrived.length}`, given)(socket, request);
    };

  /** Starts an application that asks for `/a`, on a clock of its own. */
  readonly application = async (
    headers: Headers | ((request: Arrived) => Headers) = {},
    { times = {}, http = {}, options = {} }: Start = {},
  ) => {
    const clock = new ManualClock();
    this.arrived = [];
    this.play(this.numbered(headers));
    const cache = { respect: 'headers' as const, ...times };
    const client = { baseUrl: this.url, retry: false as const, cache, ...http };
    const app = await startHttp(client, { clock, ...options });
    const ask = async (request: Partial<HttpRequest> = {}) =>
      told(await app.http.request({ url: '/a', ...request }));
    return { ...app, clock, ask, cache: app.module.get(ResilienceCache) };
  };

  stop(): Promise<void> {
    return this.server.stop();
  }

  private readonly noted =
    (behaviour: Behaviour): Behaviour =>
    (socket, request) => {
      this.arrived.push(request);
      behaviour(socket, request);
    };
}

/** The number of an answer, and what has answered. */
export const told = ({ data, cache }: HttpResult): string =>
  `${String(data)}${cache === undefined ? '' : ` ${cache}`}`;

/** A `Cache-Control` header. */
export const control = (value: string): Headers => ({ 'cache-control': value });

/** A store that writes JSON, with what it holds and the times that it was given. */
export function memoryStore() {
  const data = new Map<string, string>();
  const ttls: (number | undefined)[] = [];
  const store: CacheStore = {
    get: (key) => JSON.parse(data.get(key) ?? 'null') as unknown,
    set: (key, value, ttl) => {
      ttls.push(ttl);
      data.set(key, JSON.stringify(value));
    },
    delete: (key) => data.delete(key),
  };
  return { data, ttls, store };
}
