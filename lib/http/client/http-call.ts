import { Readable } from 'node:stream';
import type { Attempt } from '../../pipeline/attempt-context.js';
import { read, tryOrUndefined } from '../../policy/error-chain.js';
import type { Operation } from '../../pipeline/operation.js';
import { SendState } from './send-state.js';
import { destroyOnAbort, destroyOnShutdown, failureOf } from './exchange-failure.js';
import { IdleDeadline } from '../response/idle-deadline.js';
import type { IdleDeps } from '../response/idle-deadline.js';
import type { ShutdownSignal } from '../../pipeline/abort/shutdown-signal.js';
import type { Prepared } from './prepare-request.js';
import type { PreparedRequest } from '../transport.js';
import { rawResponse } from './raw-response.js';
import type { RawResponse } from './raw-response.js';
import { followRedirect, isRedirect } from './redirect.js';
import { mayRepeat } from '../request/replay-safety.js';
import { counted } from './resend.js';
import { acceptResponse, HttpResponse, isAccepted, refusal } from './response.js';
import type { HttpResult, RetryAfterOf } from './response.js';
import type { ServerRateLimit } from './server-rate-limit.js';
import type { SlotFamily } from './slot-family.js';
import type { HttpTransport, TransportResponse } from '../transport.js';

/** The part of its client that a call uses. */
export interface CallDeps {
  readonly transport: HttpTransport;
  readonly pace: ServerRateLimit | undefined;
  /** The slots of the client's own connections, where requests go over them. */
  readonly slots: SlotFamily | undefined;
  readonly keyOf: (request: PreparedRequest) => string;
  /** The clock and the deadlines that end a streamed body which stalls. */
  readonly timing: () => IdleDeps;
  /** The end of the application, which ends streamed bodies. */
  readonly shutdown: ShutdownSignal;
  readonly retryAfterOf: RetryAfterOf;
}

const NO_ARGS: readonly unknown[] = [];
const NO_BODY = Buffer.alloc(0);
const FULLY_SENT = { wasSent: true, wasDone: false };

/** The method of the task, with the call as `this`. */
function attempted(this: unknown, attempt: unknown): Promise<HttpResult> {
  return (this as HttpCall).run(attempt as Attempt);
}

/** One call of an HTTP client: what its pipeline runs, once per attempt. */
export class HttpCall implements Operation {
  readonly key: string;
  readonly method = attempted;
  readonly self = this;
  /** The origin, where a slot for it is needed. */
  readonly args: readonly unknown[];
  readonly attemptAt = 0;
  /** Only where a pace is kept: asking costs every attempt a promise. */
  declare readonly throttleDelay?: (timeLeft: number) => number;
  /** Set where something had to be waited for before. */
  declare startedAt?: number;
  private sendState: SendState | undefined;
  /** Number of sends, redirects included. */
  private sends = 0;
  /** Number of redirects that the running attempt has followed. */
  private hops = 0;
  /** A stream that was opened, and may have to be let go of. */
  private opened: Readable | undefined;
  /** With `isRaw`: an answer that was not accepted, and the error that stands for it. */
  private refused: { readonly error: unknown; readonly answer: RawResponse } | undefined;

  constructor(
    private readonly prepared: Prepared,
    private readonly deps: CallDeps,
    readonly signal: AbortSignal | undefined,
    private readonly isRaw = false,
  ) {
    this.key = deps.keyOf(prepared.request);
    const { pace, slots } = deps;
    this.args = slots ? slots.argumentsFor(prepared.request.origin) : NO_ARGS;
    if (pace) this.throttleDelay = (timeLeft) => pace.waitFor(prepared.request.origin, timeLeft);
  }

  run(attempt: Attempt): Promise<HttpResult> {
    this.discard();
    const { request, wantsKey } = this.prepared;
    // the same key for all attempts of the call
    if (wantsKey) request.headers['idempotency-key'] = attempt.idempotencyKey;
    const sendState = (this.sendState = new SendState(attempt, request));
    attempt.errorOnTimeout = () => this.errorOf(sendState);
    this.hops = 0;
    // RFC 9110 §15.5.20: to be repeated over a different connection
    const wasMisdirected = read(attempt.lastError, 'upstreamStatus') === 421;
    const sent = wasMisdirected ? { ...request, wantsNewConnection: true } : request;
    return this.exchange(sent, this.sendState, this.prepared.options.maxRedirects);
  }

  mayRepeat(error: unknown): boolean {
    return mayRepeat(this.prepared.request, this.sendState, error);
  }

  /** Attempts beside each other would share a stream, or do something twice. */
  get mayHedge(): boolean {
    const { request, wantsKey } = this.prepared;
    return !this.holdsSomething && !this.isRaw && (wantsKey || mayRepeat(request, FULLY_SENT, undefined));
  }

  /** True if the call may end with something to let go of. */
  get holdsSomething(): boolean {
    return this.prepared.request.isOnce || this.prepared.options.responseType === 'stream';
  }

  /** With `isRaw`: the answer itself, if the call ended because it was not accepted. */
  answerBehind(error: unknown): RawResponse | undefined {
    return this.refused?.error === error ? this.refused?.answer : undefined;
  }

  /** Lets go of an answer that the caller will not read, and of a body that the transport will not send. */
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

  private exchange(request: PreparedRequest, sendState: SendState, redirects: number): Promise<HttpResult> {
    const { attempt } = sendState;
    sendState.request = request;
    return counted(this.deps.transport, this.sends++)
      .send(request, sendState)
      .then(
        (response) => {
          const { maxRedirects } = this.prepared.options;
          const leads = maxRedirects > 0 && isRedirect(response.status, response.headers);
          const next = leads ? followRedirect(request, response, redirects) : undefined;
          if (!next) return this.accept(request, attempt, response);
          if (next.method !== request.method) sendState.wasDone = true;
          this.hops++;
          if (next.origin === request.origin) return this.exchange(next, sendState, redirects - 1);
          return this.moveTo(next, attempt).then(() => this.exchange(next, sendState, redirects - 1));
        },
        (cause: unknown) => {
          throw failureOf(request, cause);
        },
      );
  }

  /** Goes on at another origin: with a slot of it, for which the attempt may have to wait, and with its circuit. */
  private async moveTo(next: PreparedRequest, { slot, moveTo }: Attempt): Promise<void> {
    const { slots, keyOf } = this.deps;
    if (slots) await slot?.goTo(slots.forKey(next.origin));
    moveTo?.(keyOf(next));
  }

  private accept(request: PreparedRequest, running: Attempt, response: TransportResponse): HttpResult {
    const { attempt } = running;
    const { status, stream } = response;
    const { pace, retryAfterOf } = this.deps;
    pace?.learn(request.origin, response);
    if (stream) this.own(request, stream, running.isAborted);
    if (this.isRaw) {
      const answer = rawResponse(request, response, attempt, this.hops > 0);
      if (isAccepted(this.prepared.options, status)) return answer;
      const error = refusal(request, response, retryAfterOf);
      this.refused = { error, answer };
      throw error;
    }
    const data = acceptResponse(request, response, this.prepared.options, retryAfterOf);
    return new HttpResponse(request, response, data, attempt);
  }

  /** The status of an attempt that has run out of time while the body of an error came: its headers are known. */
  private errorOf({ status, headers, request }: SendState): unknown {
    const { options } = this.prepared;
    return tryOrUndefined(() => {
      if (status === undefined || isAccepted(options, status)) return undefined;
      if (options.maxRedirects > 0 && isRedirect(status, headers)) return undefined;
      const response = { status, headers, body: NO_BODY, isCut: true };
      this.deps.pace?.learn(request.origin, response);
      return refusal(request, response, this.deps.retryAfterOf);
    });
  }

  /** Ties a stream to its call; one that comes when the call is over has no reader any more. */
  private own(request: PreparedRequest, stream: Readable, isOver: boolean): void {
    if (isOver) return void stream.destroy();
    this.opened = stream;
    if (this.signal) destroyOnAbort(stream, this.signal);
    destroyOnShutdown(stream, this.deps.shutdown);
    const { idle } = this.prepared.options;
    if (idle !== Infinity) IdleDeadline.watch(stream, idle, request, this.deps.timing());
  }
}
