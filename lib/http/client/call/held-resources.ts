import type { Readable } from 'node:stream';
import type { RequestBody } from '../../request-body.js';
import { IdleDeadline } from '../../response/idle-deadline.js';
import type { PreparedRequest } from '../../transport.js';
import type { RawResponse } from '../answer/raw-response.js';
import type { CallDeps } from './call-deps.js';
import { discardBody } from '../prepare/body-source.js';
import { destroyOnAbort, destroyOnShutdown } from './exchange-failure.js';

/** The streams of one call, which are let go of where the caller or the transport does not read them. */
export class HeldResources {
  private opened: Readable | undefined;
  private body: RequestBody;
  /** An answer that was not accepted, and the error that stands for it. */
  private refused: { readonly error: unknown; readonly answer: RawResponse } | undefined;

  constructor(
    private readonly signal: AbortSignal | undefined,
    /** Longest wait for the next bytes of an answer, in milliseconds. */
    private readonly idle: number,
    private readonly deps: Pick<CallDeps, 'shutdown' | 'timing'>,
  ) {}

  /**
   * Holds the body of an answer, which the caller's abort, the end of the application and a stall destroy. One that comes when
   * the attempt is over has no reader any more.
   */
  holdAnswer(stream: Readable, request: PreparedRequest, isOver: boolean): void {
    if (isOver) return void stream.destroy();
    this.opened = stream;
    if (this.signal) destroyOnAbort(stream, this.signal);
    destroyOnShutdown(stream, this.deps.shutdown);
    if (this.idle !== Infinity) IdleDeadline.watch(stream, this.idle, request, this.deps.timing());
  }

  /** Holds the body of a request in the place of the one before. */
  holdBody(body: RequestBody): void {
    discardBody(this.body);
    this.body = body;
  }

  /** Holds an answer that was not accepted: it may be wanted all the same. Returns the error that stands for it. */
  refuse<E>(error: E, answer: RawResponse): E {
    this.refused = { error, answer };
    return error;
  }

  /** The answer for which an error stands. */
  answerBehind(error: unknown): RawResponse | undefined {
    return this.refused?.error === error ? this.refused?.answer : undefined;
  }

  /** Lets go of an answer that is not the last one. */
  discardAnswer(): void {
    this.refused = undefined;
    this.opened?.destroy();
    this.opened = undefined;
  }

  /** Lets go of everything. */
  discard(): void {
    this.discardAnswer();
    discardBody(this.body);
  }
}
