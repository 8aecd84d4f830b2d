import type { HttpClient } from './http-client.js';
import type { HttpRequest, HttpRequestOptions } from './http.options.js';
import type { HttpResult } from './response.js';

/**
 * An HTTP client with timeouts, retries of what is safe to repeat, and a circuit per origin. A status outside 2xx
 * rejects with `UpstreamHttpException`, a missing answer with `UpstreamConnectionException`.
 *
 * @example
 * ```ts
 * const { data } = await http.get<Item>('https://inventory.example.com/items/7');
 * await http.post('https://payments.example.com/charges', { amount: 100 }, { idempotencyKey: true });
 * ```
 */
export class ResilientHttpService {
  /** @internal */
  constructor(private readonly client: HttpClient) {}

  get<T = unknown>(url: string, options?: HttpRequestOptions): Promise<HttpResult<T>> {
    return this.request<T>({ ...options, method: 'GET', url });
  }

  delete<T = unknown>(url: string, options?: HttpRequestOptions): Promise<HttpResult<T>> {
    return this.request<T>({ ...options, method: 'DELETE', url });
  }

  head<T = unknown>(url: string, options?: HttpRequestOptions): Promise<HttpResult<T>> {
    return this.request<T>({ ...options, method: 'HEAD', url });
  }

  options<T = unknown>(url: string, options?: HttpRequestOptions): Promise<HttpResult<T>> {
    return this.request<T>({ ...options, method: 'OPTIONS', url });
  }

  /** Not repeated after a failure, unless an idempotency key makes that safe or the request never arrived. */
  post<T = unknown>(url: string, body?: unknown, options?: HttpRequestOptions): Promise<HttpResult<T>> {
    return this.request<T>({ ...options, method: 'POST', url, body });
  }

  put<T = unknown>(url: string, body?: unknown, options?: HttpRequestOptions): Promise<HttpResult<T>> {
    return this.request<T>({ ...options, method: 'PUT', url, body });
  }

  /** Like {@link post} in that it is repeated only where that is safe. */
  patch<T = unknown>(url: string, body?: unknown, options?: HttpRequestOptions): Promise<HttpResult<T>> {
    return this.request<T>({ ...options, method: 'PATCH', url, body });
  }

  /** Any method. */
  request<T = unknown>(request: HttpRequest): Promise<HttpResult<T>> {
    return this.client.send<T>(request);
  }
}
