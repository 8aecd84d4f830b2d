import type { Readable } from 'node:stream';
import type { HttpClient } from './client/http-client.js';
import type { HttpRequest, HttpRequestOptions } from './http.options.js';
import { requestOf, requestWithoutBody, SentRequest } from './client/prepare/sent-request.js';
import type { HttpResult } from './client/answer/response.js';
import { RxHttp } from './rx-http.js';

const clients = new WeakMap<ResilientHttpService, HttpClient>();

/** The client behind a service. */
export function clientOf(service: ResilientHttpService): HttpClient {
  const client = clients.get(service);
  if (client) return client;
  throw new TypeError(
    'expected the ResilientHttpService of an application, such as the one that Nest injects',
  );
}

/**
 * An HTTP client with timeouts, retries of what is safe to repeat, and a circuit per origin. A status outside 2xx
 * rejects with `UpstreamHttpException`, a missing answer with `UpstreamConnectionException`.
 *
 * @example
 * ```ts
 * const { data } = await http.get<Item>('https://inventory.example.com/items/7');
 * await http.post('https://payments.example.com/charges', { amount: 100 }, { idempotencyKey: true });
 * ```
 * @public
 */
export class ResilientHttpService {
  /** The same methods as cold Observables: each subscription is one call, unsubscribing cancels it. */
  readonly rx: RxHttp;

  /** @internal */
  constructor(client: HttpClient) {
    clients.set(this, client);
    this.rx = new RxHttp((request) => client.send(requestOf(request)));
  }

  /** With the body as a Node `Readable`: both timeouts end with its headers. */
  get(
    url: string | URL,
    options: HttpRequestOptions & { responseType: 'stream' },
  ): Promise<HttpResult<Readable>>;
  /** Repeated after a transient failure. */
  get<T = unknown>(url: string | URL, options?: HttpRequestOptions): Promise<HttpResult<T>>;
  get<T = unknown>(url: string | URL, options?: HttpRequestOptions): Promise<HttpResult<T>> {
    return clientOf(this).send<T>(requestWithoutBody('GET', url, options));
  }

  /** Repeated after a transient failure: to delete twice is to delete once. A body goes with the options. */
  delete<T = unknown>(
    url: string | URL,
    options?: Omit<HttpRequest, 'method' | 'url'>,
  ): Promise<HttpResult<T>> {
    return clientOf(this).send<T>(requestWithoutBody('DELETE', url, options));
  }

  /** The headers only; repeated after a transient failure. */
  head<T = unknown>(url: string | URL, options?: HttpRequestOptions): Promise<HttpResult<T>> {
    return clientOf(this).send<T>(requestWithoutBody('HEAD', url, options));
  }

  /** Repeated after a transient failure. */
  options<T = unknown>(url: string | URL, options?: HttpRequestOptions): Promise<HttpResult<T>> {
    return clientOf(this).send<T>(requestWithoutBody('OPTIONS', url, options));
  }

  /** Not repeated after a failure, unless an idempotency key makes that safe or the request never arrived. */
  post<T = unknown>(url: string | URL, body?: unknown, options?: HttpRequestOptions): Promise<HttpResult<T>> {
    return clientOf(this).send<T>(new SentRequest('POST', url, body, options));
  }

  /** Repeated after a transient failure: to put twice is to put once. */
  put<T = unknown>(url: string | URL, body?: unknown, options?: HttpRequestOptions): Promise<HttpResult<T>> {
    return clientOf(this).send<T>(new SentRequest('PUT', url, body, options));
  }

  /** Like {@link ResilientHttpService.post} in that it is repeated only where that is safe. */
  patch<T = unknown>(
    url: string | URL,
    body?: unknown,
    options?: HttpRequestOptions,
  ): Promise<HttpResult<T>> {
    return clientOf(this).send<T>(new SentRequest('PATCH', url, body, options));
  }

  /** Any method. */
  request<T = unknown>(request: HttpRequest): Promise<HttpResult<T>> {
    return clientOf(this).send<T>(requestOf(request));
  }
}
