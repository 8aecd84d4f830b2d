import type { Attempt } from '../../../pipeline/attempt-context.js';
import type { Method, Operation } from '../../../pipeline/operation.js';
import type { BodyInterceptor, InterceptedCall } from '../../../strategies/body-interceptor.js';
import { UNKEPT } from '../../../strategies/keyed-call.js';
import { afterError, makeRequest, renewBody, setKey, throwIfOver } from './attempt-request.js';
import { renewRefused } from './renew-refused.js';
import {
  attempted,
  holdsSomething,
  mayRunTwice,
  NO_ARGS,
  PLAIN_CALL,
  requestFor,
  waitFor,
} from './call-form.js';
import type { CallForm } from './call-form.js';
import type { CallDeps } from './call-deps.js';
import { discardBody } from '../prepare/body-source.js';
import { lateErrorOf } from './late-error.js';
import { HeldResources } from './held-resources.js';
import { SendState } from './send-state.js';
import { failAs } from './exchange-failure.js';
import { answered } from '../hooks.js';
import { interceptedTransport } from './intercepted-transport.js';
import { moveTo } from './move-to.js';
import type { KeptAnswers } from '../answer/kept-answers.js';
import { unconditioned } from '../answer/headers/conditions.js';
import type { PerAttempt, Prepared } from '../prepare/prepare-request.js';
import { rawResponse } from '../answer/raw-response.js';
import type { RawResponse } from '../answer/raw-response.js';
import { isFollowed } from '../answer/redirect.js';
import { isChange, outdateReads } from './outdate-reads.js';
import { enterHop, Redirects } from './redirects.js';
import { mayRepeat } from '../../request/replay-safety.js';
import { counted } from './resend.js';
import { acceptResponse, HttpResponse, isAccepted, refusal } from '../answer/response.js';
import type { HttpResult } from '../answer/response.js';
import type { PreparedRequest, TransportResponse } from '../../transport.js';

/** One call of an HTTP client: what its pipeline runs, once per attempt. */
export class HttpCall implements Operation {
  readonly method = attempted;
  readonly self = this;
  /** The origin, where a slot for it is needed. */
  readonly args: readonly unknown[];
  readonly attemptAt = 0;
  readonly cacheKey: unknown;
  readonly answers: KeptAnswers | undefined;
  declare readonly startedAt?: number;
  readonly destinations: CallForm['destinations'];
  /** Only where a pace is kept: asking costs every attempt a promise. */
  declare readonly throttleDelay?: (timeLeft: number) => number;
  private readonly ownKey: string | undefined;
  private sendState: SendState | undefined;
  /** Number of sends, redirects included. */
  private sends = 0;
  /** Made by the first redirect. */
  private redirects: Redirects | undefined;
  /** The request of the last attempt, where each has its own. */
  private made: PreparedRequest | undefined;
  /** Made by the first stream; most calls have none. */
  private heldResources: HeldResources | undefined;

  /** @param how - `isRaw` for any status, and what there is to know where answers of the call may be kept or shared */
  constructor(
    private readonly prepared: Prepared,
    private deps: CallDeps,
    readonly signal: AbortSignal | undefined,
    private readonly how: CallForm = PLAIN_CALL,
  ) {
    const { kept, destinations } = how;
    this.cacheKey = kept ? kept.cacheKey : UNKEPT;
    this.answers = kept;
    // what is done for the key counts as time of the call
    if (kept?.cacheKey instanceof Promise) this.startedAt = deps.now();
    this.destinations = destinations;
    this.ownKey = destinations ? undefined : deps.keyOf(prepared.request);
    this.args = deps.slots?.argumentsFor(prepared.request.origin) ?? NO_ARGS;
    if (deps.pace) this.throttleDelay = waitFor(deps.pace, prepared, how);
  }

  /** The key of the circuit: that of the origin, or of the endpoint to which the last attempt went. */
  get key(): string | undefined {
    return this.destinations ? this.destinations.key : this.ownKey;
  }

  run(attempt: Attempt): Promise<HttpResult> {
    this.heldResources?.discardAnswer();
    const { wantsKey, perAttempt } = this.prepared;
    const request = afterError(requestFor(this.prepared, this.how, attempt), attempt.lastError);
    // the same key for all attempts of the call
    if (wantsKey) setKey(attempt.idempotencyKey, [request, this.prepared.request]);
    const sendState = (this.sendState = new SendState(attempt, request));
    this.destinations?.watch(sendState);
    attempt.errorOnTimeout = () => lateErrorOf(sendState, this.prepared.options, this.deps);
    return perAttempt ? this.sendMade(request, perAttempt, sendState) : this.exchange(request, sendState);
  }

  /** Puts strategies in front of the transport; returns the method for that. */
  intercept(interceptors: readonly BodyInterceptor[], call: InterceptedCall): Method {
    const transport = interceptedTransport(this.deps.transport, interceptors, call);
    this.deps = { ...this.deps, transport };
    return transport.marking(this);
  }

  mayRepeat(error: unknown): boolean {
    return mayRepeat(this.made ?? this.prepared.request, this.sendState, error);
  }

  /** Attempts beside each other would share a stream, or do something twice. */
  get mayHedge(): boolean {
    return !this.holdsSomething && !this.how.isRaw && mayRunTwice(this.prepared);
  }

  /** True if the call may end with something to let go of. */
  get holdsSomething(): boolean {
    return holdsSomething(this.prepared);
  }

  /** With `isRaw`: the answer itself, if the call ended because it was not accepted. */
  answerBehind(error: unknown): RawResponse | undefined {
    return this.heldResources?.answerBehind(error);
  }

  /** Lets go of an answer that the caller will not read, and of a body that the transport will not send. */
  abandon(): void {
    discardBody(this.prepared.request.body);
    this.heldResources?.discard();
  }

  private get held(): HeldResources {
    return (this.heldResources ??= new HeldResources(this.signal, this.prepared.options.idle, this.deps));
  }

  /** Makes the request of an attempt, and sends it; what fails before that says nothing of the upstream. */
  private async sendMade(
    ready: PreparedRequest,
    perAttempt: PerAttempt,
    sendState: SendState,
  ): Promise<HttpResult> {
    const { attempt } = sendState;
    attempt.concernsUpstream = false;
    const key = this.made?.headers['idempotency-key'];
    const { request, token } = await makeRequest(ready, perAttempt, attempt, key);
    attempt.concernsUpstream = true;
    this.made = request;
    if (perAttempt.body?.isFresh) this.held.holdBody(request.body);
    sendState.token = token;
    if (perAttempt.onResponse && !sendState.isRepetition) sendState.sentAt = this.deps.now();
    return this.exchange(request, sendState);
  }

  private exchange(
    request: PreparedRequest,
    sendState: SendState,
    redirectsLeft = this.prepared.options.maxRedirects,
  ): Promise<HttpResult> {
    sendState.request = request;
    if (this.answers?.judge && sendState.sentAt === 0) sendState.sentAt = this.deps.now();
    return counted(this.deps.transport, this.sends++)
      .send(request, sendState)
      .then(
        (response) => {
          const { options } = this.prepared;
          const judge = this.answers?.judge;
          if (judge?.isOfOther(request, response))
            return this.exchange(unconditioned(request), sendState, redirectsLeft);
          if (isChange(request, response)) outdateReads(this.prepared, sendState, response, this.deps);
          if (!isFollowed(options, response)) return this.settle(request, sendState, response);
          const redirects = (this.redirects ??= new Redirects(options, this.deps, judge !== undefined));
          const next = redirects.next(request, sendState, response, redirectsLeft);
          if (!next) return this.settle(request, sendState, response);
          return redirects.during(sendState, this.follow(request, next, sendState, redirectsLeft));
        },
        (cause: unknown) => failAs(request, cause),
      );
  }

  private async follow(
    request: PreparedRequest,
    next: PreparedRequest,
    sendState: SendState,
    redirectsLeft: number,
  ): Promise<HttpResult> {
    await enterHop(request, next, sendState, this.deps);
    const source = this.prepared.perAttempt?.body;
    const isRenewed = next.body !== undefined && source?.isFresh === true;
    const sent = isRenewed ? await renewBody(next, source, sendState.attempt, this.held) : next;
    return this.exchange(sent, sendState, redirectsLeft - 1);
  }

  private settle(
    request: PreparedRequest,
    sendState: SendState,
    response: TransportResponse,
  ): HttpResult | Promise<HttpResult> {
    if (response.stream) this.held.holdAnswer(response.stream, request, sendState.attempt.isAborted);
    const { perAttempt } = this.prepared;
    if (!perAttempt?.auth && !perAttempt?.onResponse) return this.accept(request, sendState, response);
    return this.settleMade(request, perAttempt, sendState, response);
  }

  /** Renews a token that was refused, and repeats the request with the next one; or tells the hook of the last answer. */
  private async settleMade(
    request: PreparedRequest,
    perAttempt: PerAttempt,
    sendState: SendState,
    response: TransportResponse,
  ): Promise<HttpResult> {
    const { attempt } = sendState;
    attempt.concernsUpstream = false;
    const { auth, onResponse } = perAttempt;
    if (await renewRefused(auth, sendState, { sent: this.made ?? request, answered: request }, response))
      return this.repeat(request, perAttempt, sendState);
    const duration = this.deps.now() - sendState.sentAt;
    await onResponse?.(answered(request, response, attempt.attempt, duration));
    throwIfOver(attempt);
    attempt.concernsUpstream = true;
    return this.accept(request, sendState, response);
  }

  /** Sends the request once more within its attempt, from its first place. */
  private async repeat(
    last: PreparedRequest,
    perAttempt: PerAttempt,
    sendState: SendState,
  ): Promise<HttpResult> {
    const request = requestFor(this.prepared, this.how, sendState.attempt);
    this.heldResources?.discardAnswer();
    if (last.origin !== request.origin) await moveTo(request, sendState.attempt, this.deps);
    return this.sendMade(request, perAttempt, sendState);
  }

  private accept(request: PreparedRequest, sendState: SendState, response: TransportResponse): HttpResult {
    const { attempt } = sendState.attempt;
    const { pace, retryAfterOf } = this.deps;
    pace?.learn(request.origin, response);
    const confirmed = this.answers?.confirmed(request, response, sendState);
    if (confirmed) return confirmed;
    if (this.how.isRaw) {
      const answer = rawResponse(request, response, attempt, sendState.hops > 0);
      if (isAccepted(this.prepared.options, response.status)) return answer;
      throw this.held.refuse(refusal(request, response, retryAfterOf), answer);
    }
    const data = acceptResponse(request, response, this.prepared.options, retryAfterOf);
    const result = new HttpResponse(request, response, data, attempt);
    this.answers?.note(result, request, response, sendState);
    return result;
  }
}
