import { Observable } from 'rxjs';
import { listenToAbort } from '../pipeline/abort/caller-signal.js';
import type { HttpRequest, HttpRequestOptions } from './http.options.js';
import type { HttpResult } from './client/answer/response.js';

type Send = (request: HttpRequest) => Promise<HttpResult>;

/**
 * The methods of `ResilientHttpService` as cold Observables: nothing is sent before a subscription. Each
 * subscription is one call with its own retries, and unsubscribing cancels it.
 *
 * @example
 * ```ts
 * http.rx.get<Item>('/items/7').pipe(map(({ data }) => data));
 * ```
 * @public
 */
export class RxHttp {
  /** @internal */
  constructor(private readonly send: Send) {}

  /** One GET per subscription. */
  get<T = unknown>(url: string | URL, options?: HttpRequestOptions): Observable<HttpResult<T>> {
    return this.request<T>({ ...options, method: 'GET', url });
  }

  /** One DELETE per subscription. A body goes with the options. */
  delete<T = unknown>(
    url: string | URL,
    options?: Omit<HttpRequest, 'method' | 'url'>,
  ): Observable<HttpResult<T>> {
    return this.request<T>({ ...options, method: 'DELETE', url });
  }

  /** One HEAD per subscription. */
  head<T = unknown>(url: string | URL, options?: HttpRequestOptions): Observable<HttpResult<T>> {
    return this.request<T>({ ...options, method: 'HEAD', url });
  }

  /** One OPTIONS per subscription. */
  options<T = unknown>(url: string | URL, options?: HttpRequestOptions): Observable<HttpResult<T>> {
    return this.request<T>({ ...options, method: 'OPTIONS', url });
  }

  /** One POST per subscription. */
  post<T = unknown>(
    url: string | URL,
    body?: unknown,
    options?: HttpRequestOptions,
  ): Observable<HttpResult<T>> {
    return this.request<T>({ ...options, method: 'POST', url, body });
  }

  /** One PUT per subscription. */
  put<T = unknown>(
    url: string | URL,
    body?: unknown,
    options?: HttpRequestOptions,
  ): Observable<HttpResult<T>> {
    return this.request<T>({ ...options, method: 'PUT', url, body });
  }

  /** One PATCH per subscription. */
  patch<T = unknown>(
    url: string | URL,
    body?: unknown,
    options?: HttpRequestOptions,
  ): Observable<HttpResult<T>> {
    return this.request<T>({ ...options, method: 'PATCH', url, body });
  }

  /** Any method. */
  request<T = unknown>(request: HttpRequest): Observable<HttpResult<T>> {
    return new Observable<HttpResult<T>>((subscriber) => {
      const unsubscribed = new AbortController();
      const { signal } = request;
      const onAbort = () => unsubscribed.abort(signal?.reason);
      if (signal?.aborted) onAbort();
      const unlisten = signal && !signal.aborted ? listenToAbort(signal, onAbort) : undefined;
      let isOver = false;
      const over = () => {
        // a stream that was handed over goes on until the caller's own signal ends it
        if (request.responseType !== 'stream') unlisten?.();
        isOver = true;
      };
      this.send({ ...request, signal: unsubscribed.signal }).then(
        (result) => {
          over();
          subscriber.next(result as HttpResult<T>);
          subscriber.complete();
        },
        (error: unknown) => {
          over();
          subscriber.error(error);
        },
      );
      return () => {
        if (isOver) return;
        over();
        unsubscribed.abort();
      };
    });
  }
}
