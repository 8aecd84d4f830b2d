import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { HttpClient } from '../client/http-client.js';
import { mayHaveBody } from '../request-body.js';
import type { SentHeaders } from '../request-headers.js';
import type { RawResponse } from '../client/answer/raw-response.js';
import type { HttpTransport, UndiciDispatcher } from '../transport.js';
import { StreamSink } from '../response/body-sinks.js';
import { EveryStyle, rawHeaders } from '../transports/undici/handler-styles.js';
import type { NewHandler } from '../transports/undici/handler-styles.js';
import { UndiciHandler } from '../transports/undici/undici-handler.js';

type Trailers = Record<string, string | string[]>;

/** One request of a dispatcher's user: sent through a client's strategies, told to the user's handler. */
export class InterceptedDispatch implements Dispatcher.DispatchController {
  aborted = false;
  paused = false;
  reason: Error | null = null;
  rawHeaders: Buffer[] | null = null;
  rawTrailers: Buffer[] | null = null;
  private isOver = false;
  private readonly leaving = new AbortController();
  private stream: Readable | undefined;

  constructor(
    private readonly dispatch: UndiciDispatcher['dispatch'],
    private readonly options: Dispatcher.DispatchOptions,
    private readonly handler: NewHandler,
  ) {}

  start(client: HttpClient, origin: string | URL): void {
    this.tell(() => this.handler.onRequestStart?.(this, {}));
    if (!this.isOver) this.send(client, origin);
  }

  private send(client: HttpClient, origin: string | URL): void {
    const { path, method } = this.options;
    const url = new URL(new URL(origin).origin + path);
    // what is in a body is the dispatcher's business: some send one with GET
    const body = mayHaveBody(method) ? this.options.body : undefined;
    const headers = plain(this.options.headers);
    const { signal } = this.leaving;
    client
      .over(this.transport())
      .sendRaw({ method, url, headers, body, signal })
      .then(
        (answer) => this.respond(answer),
        (error: Error) => this.fail(error),
      );
  }

  abort(reason: Error): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    this.leaving.abort(reason);
  }

  pause(): void {
    this.paused = true;
    this.stream?.pause();
  }

  resume(): void {
    this.paused = false;
    this.stream?.resume();
  }

  /** Sends what the user has given, as it was given. */
  private transport(): HttpTransport {
    return {
      send: (request, attempt) =>
        new Promise((resolve, reject) => {
          const exchange = new UndiciHandler({ ...request, decodes: false }, attempt, resolve, reject);
          attempt.onAbort(exchange.abort);
          this.dispatch({ ...this.options }, new EveryStyle(exchange));
        }),
    };
  }

  private respond({ status, headers, data, statusText }: RawResponse): void {
    const stream = (this.stream = data as Readable);
    const { handler } = this;
    this.rawHeaders = rawHeaders(headers);
    this.rawTrailers = [];
    stream.on('error', (error) => this.fail(error));
    stream.on('end', () => this.end(trailersOf(stream)));
    this.tell(() => handler.onResponseStart?.(this, status, headers, statusText));
    if (this.isOver) return;
    stream.on('data', (chunk: Buffer) => this.tell(() => handler.onResponseData?.(this, chunk)));
    if (this.paused) stream.pause();
  }

  private end(trailers: Trailers): void {
    if (this.isOver) return;
    this.rawTrailers = rawHeaders(trailers);
    this.tell(() => this.handler.onResponseEnd?.(this, trailers));
    this.isOver = true;
  }

  /** Calls the user's handler: a handler that throws ends its request, as undici does it. */
  private tell(call: () => void): void {
    if (this.isOver) return;
    try {
      call();
    } catch (error) {
      this.fail(error as Error);
    }
  }

  private fail(error: Error): void {
    if (this.isOver) return;
    this.isOver = true;
    this.stream?.destroy();
    try {
      this.handler.onResponseError?.(this, error);
    } catch {
      // the handler has been told, and no other place listens
    }
  }
}

function trailersOf(stream: Readable): Trailers {
  return stream instanceof StreamSink ? (stream.trailers as Trailers) : {};
}

/** Headers in any of the forms that undici takes. */
function plain(headers: Dispatcher.DispatchOptions['headers']): SentHeaders {
  if (!headers) return {};
  if (Array.isArray(headers)) return pairs(headers);
  const isIterable = typeof (headers as Iterable<unknown>)[Symbol.iterator] === 'function';
  const entries = isIterable ? [...(headers as Iterable<[string, string]>)] : Object.entries(headers);
  const known = (entries as [string, string | null | undefined][]).filter(
    ([, value]) => value !== undefined && value !== null,
  );
  return Object.fromEntries(known) as SentHeaders;
}

function pairs(flat: readonly (string | string[])[]): SentHeaders {
  const headers: SentHeaders = {};
  for (let index = 0; index + 1 < flat.length; index += 2) headers[String(flat[index])] = flat[index + 1];
  return headers;
}
