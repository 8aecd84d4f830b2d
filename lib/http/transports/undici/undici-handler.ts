import { AsyncResource } from 'node:async_hooks';
import type { Dispatcher } from 'undici';
import { isResilienceException } from '../../../exceptions/resilience.exception.js';
import { UpstreamConnectionException } from '../../../exceptions/upstream.exceptions.js';
import { encodingsOf, withoutEncoding } from '../../response/content-decoder.js';
import { Upload } from '../../request/upload.js';
import { BytesSink, DecodingSink, StreamSink } from '../../response/body-sinks.js';
import type { BodySink } from '../../response/body-sinks.js';
import { joinRepeated } from '../../response/response-headers.js';
import { notEncodedAsSaid } from '../../client/answer/response.js';
import type { ExpectsHead } from './informational.js';
import type { Lease } from './lease.js';
import type {
  ResponseHeaders,
  TransportAttempt,
  TransportRequest,
  TransportResponse,
} from '../../transport.js';

type Controller = Dispatcher.DispatchController;

type Head = Pick<TransportResponse, 'status' | 'headers' | 'statusText'>;

const EMPTY_BODY = Buffer.alloc(0);

const ignore = () => undefined;

/** Ignores what undici reports after the end of a response. */
const ENDED: BodySink = { needsContext: false, data: ignore, end: ignore, error: ignore };

/** Ends a connection whose response has grown too large. */
const RESPONSE_TOO_LARGE = new Error('The response is larger than maxResponseBytes');

/**
 * One request and its response, as undici reports them: neither an AbortSignal nor a stream unless asked for. undici calls from
 * the context of a socket, which many requests share: the exchange enters the async context of its own call.
 */
export class UndiciHandler extends AsyncResource implements Dispatcher.DispatchHandler {
  private controller: Controller | undefined;
  private abortedWith: Error | undefined;
  private sink: BodySink | undefined;
  /** The connection on which the request goes out, if it is one of this library's own. */
  connection: ExpectsHead | undefined;
  /** The connection that the exchange uses, where it is one of a pool. */
  lease: Lease | undefined = undefined;
  private status = 0;
  /** Bytes of the body so far. */
  private received = 0;

  constructor(
    private readonly request: TransportRequest,
    private attempt: TransportAttempt | undefined,
    private resolve: (response: TransportResponse) => void,
    private reject: (error: unknown) => void,
  ) {
    super('BreakwaterRequest');
  }

  /** The reason why it was aborted before it ended, if it was. */
  get abortReason(): Error | undefined {
    return this.abortedWith;
  }

  readonly abort = (reason: unknown): void => {
    this.abortedWith = reason instanceof Error ? reason : new Error('aborted', { cause: reason });
    if (this.controller) this.controller.abort(this.abortedWith);
    else this.lease?.giveUp(this.abortedWith);
  };

  onRequestStart(controller: Controller): void {
    this.controller = controller;
    const { body } = this.request;
    const failure = this.abortedWith ?? (body instanceof Upload ? body.errored : undefined);
    if (failure) {
      controller.abort(failure);
      return;
    }
    if (this.connection) this.connection.isExpectingHead = true;
    this.attempt?.markSent();
  }

  onResponseStart(controller: Controller, status: number, headers: object, statusText?: string): void {
    // informational responses (RFC 9110 §15.2) come before the final one
    if (status < 200) return;
    if (this.connection) this.connection.isExpectingHead = false;
    this.runInAsyncScope(() => this.begin(controller, status, headers, statusText));
  }

  private begin(controller: Controller, status: number, headers: object, statusText?: string): void {
    this.status = status;
    const received = joinRepeated(headers as ResponseHeaders);
    const encodings = this.encodingsOf(status, received);
    const decodedHeaders = encodings.length === 0 ? received : withoutEncoding(received);
    if (this.request.isStreamed(status, received))
      this.openStream(controller, { status, headers: decodedHeaders, statusText }, encodings);
    else this.collect(controller, status, decodedHeaders, encodings);
    if (this.isBodiless(status)) this.endAtHeaders();
  }

  /**
   * Ends a response that has no body with its headers. A Content-Length of a 304 is that of another response (RFC 9110 §8.6);
   * undici waits for as many bytes, and then reports an error.
   */
  private endAtHeaders(): void {
    this.sink?.end();
    this.sink = ENDED;
  }

  private isBodiless(status: number): boolean {
    return this.request.method === 'HEAD' || status === 204 || status === 304;
  }

  onResponseData(_controller: Controller, chunk: Buffer): void {
    this.received += chunk.length;
    const { sink } = this;
    if (sink?.needsContext) this.runInAsyncScope(() => sink.data(chunk));
    else sink?.data(chunk);
  }

  onResponseEnd(controller: Controller, trailers?: object): void {
    const { sink } = this;
    if (sink?.needsContext) this.runInAsyncScope(() => sink.end(trailers));
    else sink?.end(trailers);
    this.lease?.end(true);
    this.letGo(controller);
  }

  onResponseError(controller: Controller, error: Error): void {
    this.runInAsyncScope(() => (this.sink ? this.sink.error(this.brokenBy(error)) : this.reject(error)));
    this.lease?.end(false);
    this.letGo(controller);
  }

  /** undici keeps the last 256 handlers of each connection: what they hold would grow old with them. */
  private letGo(controller: Partial<Pick<Controller, 'rawHeaders' | 'rawTrailers'>> | undefined): void {
    this.lease = undefined;
    this.sink = undefined;
    this.attempt = undefined;
    this.controller = undefined;
    this.resolve = ignore;
    this.reject = ignore;
    if (!controller) return;
    controller.rawHeaders = null;
    controller.rawTrailers = null;
  }

  private collect(
    controller: Controller,
    status: number,
    headers: ResponseHeaders,
    encodings: string[],
  ): void {
    let decoding: DecodingSink | undefined;
    const stop = () => {
      decoding?.stop();
      controller.abort(RESPONSE_TOO_LARGE);
    };
    // a decoder may end after the exchange has
    const { resolve, reject } = this;
    const done = (body: Buffer, isCut: boolean, broken?: Error) =>
      resolve({ status, headers, body, isCut, broken });
    const fail = (error: Error) => (error === this.abortedWith ? reject(error) : bytes.giveUp(error));
    const bytes = new BytesSink(this.request.maxResponseBytes, done, fail, stop);
    if (encodings.length > 0) decoding = new DecodingSink(encodings, bytes, controller, this.asInvalid);
    this.sink = decoding ?? bytes;
    this.attempt?.receiveHeaders?.(status, headers);
  }

  private openStream(controller: Controller, head: Head, encodings: string[]): void {
    const stream = new StreamSink(controller);
    const decoding =
      encodings.length > 0 ? new DecodingSink(encodings, stream, controller, this.asInvalid) : undefined;
    if (decoding) stream.feedFrom(decoding);
    this.sink = decoding ?? stream;
    this.resolve({ ...head, body: EMPTY_BODY, stream });
  }

  private encodingsOf(status: number, headers: ResponseHeaders): string[] {
    return this.request.decodes && !this.isBodiless(status) ? encodingsOf(headers) : [];
  }

  /** Tells an answer that has begun and broke off from one that never came. */
  private brokenBy(cause: Error): Error {
    if (cause === this.abortedWith || isResilienceException(cause)) return cause;
    const { method, url } = this.request;
    const brokeOff = { status: this.status, bytes: this.received };
    return new UpstreamConnectionException({ method, url, cause, brokeOff });
  }

  private readonly asInvalid = (cause: Error): Error => notEncodedAsSaid(this.request, cause);
}
