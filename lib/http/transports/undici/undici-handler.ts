import { AsyncResource } from 'node:async_hooks';
import type { Dispatcher } from 'undici';
import {
  UpstreamConnectionException,
  UpstreamResponseException,
} from '../../../exceptions/upstream.exceptions.js';
import { encodingsOf, withoutEncoding } from '../../response/content-decoder.js';
import { BytesSink, DecodingSink, StreamSink } from '../../response/body-sinks.js';
import type { BodySink } from '../../response/body-sinks.js';
import { notEncodedAsSaid } from '../../client/response.js';
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

/** Ends a connection whose answer has grown too large. */
const RESPONSE_TOO_LARGE = new Error('The response is larger than maxResponseBytes');

/**
 * One request and its answer, as undici reports them: neither an AbortSignal nor a stream unless asked for. undici calls from
 * the context of a socket, which many requests share: the exchange enters the async context of its own call.
 */
export class UndiciHandler extends AsyncResource implements Dispatcher.DispatchHandler {
  private controller: Controller | undefined;
  private abortedWith: Error | undefined;
  private sink: BodySink | undefined;
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

  readonly abort = (reason: unknown): void => {
    this.abortedWith = reason instanceof Error ? reason : new Error('aborted', { cause: reason });
    this.controller?.abort(this.abortedWith);
  };

  onRequestStart(controller: Controller): void {
    this.controller = controller;
    if (this.abortedWith) controller.abort(this.abortedWith);
    else this.attempt?.markSent();
  }

  onResponseStart(controller: Controller, status: number, headers: object, statusText?: string): void {
    // informational answers (RFC 9110 §15.2) come before the real one
    if (status < 200) return;
    this.runInAsyncScope(() => this.begin(controller, status, headers, statusText));
  }

  private begin(controller: Controller, status: number, headers: object, statusText?: string): void {
    this.status = status;
    const received = headers as ResponseHeaders;
    const encodings = this.encodingsOf(status, received);
    const decodedHeaders = encodings.length === 0 ? received : withoutEncoding(received);
    if (this.request.isStreamed(status, received))
      this.openStream(controller, { status, headers: decodedHeaders, statusText }, encodings);
    else this.collect(controller, status, decodedHeaders, encodings);
  }

  onResponseData(_controller: Controller, chunk: Buffer): void {
    this.received += chunk.length;
    this.runInAsyncScope(() => this.sink?.data(chunk));
  }

  onResponseEnd(controller: Controller): void {
    this.runInAsyncScope(() => this.sink?.end());
    this.letGo(controller);
  }

  onResponseError(controller: Controller, error: Error): void {
    this.runInAsyncScope(() => (this.sink ? this.sink.error(this.brokenBy(error)) : this.reject(error)));
    this.letGo(controller);
  }

  /** undici keeps the last 256 handlers of each connection: what they hold would grow old with them. */
  private letGo(controller: Partial<Pick<Controller, 'rawHeaders' | 'rawTrailers'>> | undefined): void {
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
    const fail = (error: Error) => (isOurs(error) ? bytes.giveUp(error) : reject(error));
    const bytes = new BytesSink(this.request.maxResponseBytes, done, fail, stop);
    if (encodings.length > 0) decoding = new DecodingSink(encodings, bytes, controller, this.asInvalid);
    this.sink = decoding ?? bytes;
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
    const { method, decodes } = this.request;
    if (!decodes || method === 'HEAD' || status === 204 || status === 304) return [];
    return encodingsOf(headers);
  }

  /** Tells an answer that has begun and broke off from one that never came. */
  private brokenBy(cause: Error): Error {
    if (cause === this.abortedWith || isOurs(cause)) return cause;
    const { method, url } = this.request;
    const brokeOff = { status: this.status, bytes: this.received };
    return new UpstreamConnectionException({ method, url, cause, brokeOff });
  }

  private readonly asInvalid = (cause: Error): Error => notEncodedAsSaid(this.request, cause);
}

function isOurs(error: unknown): boolean {
  return error instanceof UpstreamResponseException;
}
