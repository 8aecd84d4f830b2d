import { Agent } from 'undici';
import type { Dispatcher } from 'undici';
import type { Attempt } from '../pipeline/attempt.js';
import type { Delivery, PreparedRequest, RawResponse, Transport } from './transport.js';

/** Connections to one origin; more would only queue at the upstream. */
const CONNECTIONS = 50;

/** Sends through undici's dispatcher, which needs neither an AbortSignal nor a stream per request. */
export class UndiciTransport implements Transport {
  // the attempt timeout covers headers and body; undici's own would only fire earlier
  private readonly agent = new Agent({
    connections: CONNECTIONS,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  send(request: PreparedRequest, attempt: Attempt, delivery: Delivery): Promise<RawResponse> {
    const { origin, path, headers, body = null } = request;
    const method = request.method;
    return new Promise((resolve, reject) => {
      const exchange = new Exchange({ request, attempt, delivery, resolve, reject });
      attempt.onAbort(exchange.abort);
      this.agent.dispatch({ origin, path, method, headers, body }, exchange);
    });
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }
}

interface ExchangeParts {
  readonly request: PreparedRequest;
  readonly attempt: Attempt;
  readonly delivery: Delivery;
  readonly resolve: (response: RawResponse) => void;
  readonly reject: (error: unknown) => void;
}

/** One request and its answer. */
class Exchange implements Dispatcher.DispatchHandler {
  private controller: Dispatcher.DispatchController | undefined;
  private abortedWith: Error | undefined;
  private status = 0;
  private headers: RawResponse['headers'] = {};
  private readonly chunks: Buffer[] = [];
  private size = 0;

  constructor(private readonly parts: ExchangeParts) {}

  readonly abort = (reason: unknown): void => {
    this.abortedWith = reason instanceof Error ? reason : new Error('aborted', { cause: reason });
    this.controller?.abort(this.abortedWith);
  };

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.abortedWith) controller.abort(this.abortedWith);
    else this.parts.delivery.wasSent = true;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: object): void {
    // informational answers (RFC 9110 §15.2) come before the real one
    if (status < 200) return;
    this.status = status;
    this.headers = headers as RawResponse['headers'];
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { maxResponseBytes } = this.parts.request;
    const room = maxResponseBytes - this.size;
    this.chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk);
    this.size += chunk.length;
    if (this.size <= maxResponseBytes) return;
    this.finish(true);
    controller.abort(new Error('The response is larger than maxResponseBytes'));
  }

  onResponseEnd(): void {
    this.finish(false);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.parts.reject(error);
  }

  private finish(isCut: boolean): void {
    const { status, headers, chunks } = this;
    const body = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
    this.parts.resolve({ status, headers, body, isCut });
  }
}
