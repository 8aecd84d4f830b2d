import { Readable } from 'node:stream';
import type { Attempt } from '../pipeline/attempt-context.js';
import { read } from '../policy/error-chain.js';
import type { Operation } from '../pipeline/operation.js';
import { Delivery } from './delivery.js';
import { destroyOnAbort, failureOf } from './exchange-failure.js';
import type { Prepared } from './prepare-request.js';
import type { PreparedRequest } from './transport.js';
import { rawAnswer } from './raw-answer.js';
import type { RawAnswer } from './raw-answer.js';
import { followRedirect, isRedirect } from './redirect.js';
import { mayRepeat } from './repeatable.js';
import { counted } from './resend.js';
import { acceptResponse, Answer, isAccepted, refusal } from './response.js';
import type { HttpResult, RetryAfterOf } from './response.js';
import type { ServerPace } from './server-pace.js';
import type { HttpTransport, TransportResponse } from './transport.js';

/** What a call uses of its client. */
export interface CallTools {
  readonly transport: HttpTransport;
  readonly pace: ServerPace | undefined;
  readonly keyOf: (request: PreparedRequest) => string;
  readonly retryAfterOf: RetryAfterOf;
}

const NO_ARGS: readonly unknown[] = [];
const SENT = { wasSent: true, wasDone: false };

/** The method of the task, with the call as `this`. */
function attempted(this: unknown, attempt: unknown): Promise<HttpResult> {
  return (this as HttpCall).run(attempt as Attempt);
}

/** One call of an HTTP client: what its pipeline runs, once per attempt. */
export class HttpCall implements Operation {
  readonly key: string;
  readonly method = attempted;
  readonly self = this;
  readonly args = NO_ARGS;
  readonly attemptAt = 0;
  /** Only where a pace is kept: asking costs every attempt a promise. */
  declare readonly throttleDelay?: (timeLeft: number) => number;
  /** Set where something had to be waited for before. */
  declare startedAt?: number;
  private delivery: Delivery | undefined;
  /** How often something was sent, redirects included. */
  private sends = 0;
  /** A stream that was opened, and may have to be let go of. */
  private opened: Readable | undefined;
  /** With `isRaw`: an answer that was not accepted, and the error that stands for it. */
  private refused: { readonly error: unknown; readonly answer: RawAnswer } | undefined;

  constructor(
    private readonly prepared: Prepared,
    private readonly tools: CallTools,
    readonly signal: AbortSignal | undefined,
    private readonly isRaw = false,
  ) {
    this.key = tools.keyOf(prepared.request);
    const { pace } = tools;
    if (pace) this.throttleDelay = (timeLeft) => pace.waitFor(prepared.request.origin, timeLeft);
  }

  run(attempt: Attempt): Promise<HttpResult> {
    this.discard();
    const { request, wantsKey } = this.prepared;
    // the same key for all attempts of the call
    if (wantsKey) request.headers['idempotency-key'] = attempt.idempotencyKey;
    this.delivery = new Delivery(attempt);
    // RFC 9110 §15.5.20: to be repeated over a different connection
    const wasMisdirected = read(attempt.lastError, 'upstreamStatus') === 421;
    const sent = wasMisdirected ? { ...request, wantsNewConnection: true } : request;
    return this.exchange(sent, this.delivery, this.prepared.options.maxRedirects);
  }

  mayRepeat(error: unknown): boolean {
    return mayRepeat(this.prepared.request, this.delivery, error);
  }

  /** Attempts beside each other would share a stream, or do something twice. */
  get mayHedge(): boolean {
    const { request, wantsKey } = this.prepared;
    return !this.holdsSomething && !this.isRaw && (wantsKey || mayRepeat(request, SENT, undefined));
  }

  /** True if the call may end with something to let go of. */
  get holdsSomething(): boolean {
    return this.prepared.request.isOnce || this.prepared.options.responseType === 'stream';
  }

  /** With `isRaw`: the answer itself, if the call ended because it was not accepted. */
  answerBehind(error: unknown): RawAnswer | undefined {
    return this.refused?.error === error ? this.refused?.answer : undefined;
  }

  /** Lets go of an answer that nobody will read, and of a body that nobody will send. */
  abandon(): void {
    this.discard();
    const { body } = this.prepared.request;
    if (body instanceof Readable) body.destroy();
  }

  private discard(): void {
    this.opened?.destroy();
    this.opened = undefined;
    this.refused = undefined;
  }

  private exchange(request: PreparedRequest, delivery: Delivery, redirects: number): Promise<HttpResult> {
    const { attempt } = delivery;
    return counted(this.tools.transport, this.sends++)
      .send(request, delivery)
      .then(
        (response) => {
          const { maxRedirects } = this.prepared.options;
          const leads = maxRedirects > 0 && isRedirect(response.status, response.headers);
          const next = leads ? followRedirect(request, response, redirects) : undefined;
          if (!next) return this.accept(request, attempt, response);
          if (next.origin !== request.origin) attempt.moveTo?.(this.tools.keyOf(next));
          if (next.method !== request.method) delivery.wasDone = true;
          return this.exchange(next, delivery, redirects - 1);
        },
        (cause: unknown) => {
          throw failureOf(request, cause);
        },
      );
  }

  private accept(request: PreparedRequest, { attempt }: Attempt, response: TransportResponse): HttpResult {
    const { status, stream } = response;
    const { pace, retryAfterOf } = this.tools;
    pace?.learn(request.origin, response);
    if (stream) this.own(stream);
    if (this.isRaw) {
      const answer = rawAnswer(this.prepared.request, request, response, attempt);
      if (isAccepted(this.prepared.options, status)) return answer;
      const error = refusal(request, response, retryAfterOf);
      this.refused = { error, answer };
      throw error;
    }
    const data = acceptResponse(request, response, this.prepared.options, retryAfterOf);
    return new Answer(request, response, data, attempt);
  }

  private own(stream: Readable): void {
    this.opened = stream;
    if (this.signal) destroyOnAbort(stream, this.signal);
  }
}
