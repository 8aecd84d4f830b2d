import type { Subscriber } from 'rxjs';
import type { CallWrapper, WrappedCall } from '../../strategies/call-wrapper.js';
import { AroundCall } from '../around/around-call.js';
import type { AroundCalls } from '../around/around-calls.js';
import { recover } from '../around/through.js';
import { listenToAbort } from '../abort/caller-signal.js';
import type { Attempt } from '../attempt-context.js';
import { operationWith } from '../operation.js';
import type { Operation } from '../operation.js';
import type { Pipeline } from '../pipeline.js';

/** The result of a stream that has yielded no value, or more than one: it is neither kept nor shared. */
const NO_SINGLE_VALUE = {
  async *[Symbol.asyncIterator](): AsyncGenerator<never> {
    // nothing of it is read: it only says that it is not one value
  },
};

/** In the place of a result: a fallback has answered with another stream. */
class Recovered {
  constructor(readonly answer: unknown) {}
}

/** The same pipeline, whose fallback answers with a stream. */
export function answeringWithStreams(pipeline: Pipeline): Pipeline {
  const recovering: CallWrapper = {
    around: (call: WrappedCall, run) =>
      run(call).catch((error: unknown) => new Recovered(recover(pipeline.wrappers, error, call))),
  };
  const sharing = pipeline.wrappers.filter((wrapper) => wrapper.recover === undefined);
  return Object.create(pipeline, { wrappers: { value: [recovering, ...sharing] } }) as Pipeline;
}

/** Makes an attempt, which passes the values of its stream on. */
export type PassValues = (
  operation: Operation,
  attempt: Attempt,
  next: (value: unknown) => void,
  answer?: () => unknown,
) => Promise<void>;

/** One subscription of a method whose answers are kept or shared. Values of a run are passed on as they come. */
export class KeptObservable {
  private readonly leaving = new AbortController();
  private readonly unlisten: (() => void) | undefined;
  private readonly call: AroundCall;
  private readonly operation: Operation;
  private count = 0;
  private last: unknown = undefined;

  /** @param pipeline - one that {@link answeringWithStreams} has made */
  constructor(
    private readonly pipeline: Pipeline,
    operation: Operation,
    pass: PassValues,
    private readonly subscriber: Subscriber<unknown>,
  ) {
    this.unlisten = this.follow(operation.signal);
    this.operation = operationWith(operation, {
      signal: this.leaving.signal,
      makeAttempt: (attempt, made, answer) =>
        pass(made, attempt, (value) => this.take(value), answer).then(() => this.result),
    });
    this.call = new AroundCall(pipeline, this.operation);
  }

  /** The consumer leaves. */
  leave(reason: unknown): void {
    this.unlisten?.();
    this.leaving.abort(reason);
  }

  /** Leaves with the caller's abort; `AbortSignal.any()` would hold on to each call as long as the caller's signal lives. */
  private follow(signal: AbortSignal | undefined): (() => void) | undefined {
    if (!signal) return undefined;
    const leave = () => this.leaving.abort(signal.reason);
    if (!signal.aborted) return listenToAbort(signal, leave);
    leave();
    return undefined;
  }

  /** Answers the subscription with what is kept, or runs it. */
  run(subscribeTo: (answer: unknown) => void): void {
    const { call, subscriber } = this;
    (this.pipeline.around as AroundCalls).answer(call).then(
      (value) => {
        if (value instanceof Recovered) return subscribeTo(value.answer);
        if (call.cache !== 'miss' && call.cache !== undefined) subscriber.next(value);
        subscriber.complete();
      },
      (error: unknown) => {
        if (!subscriber.closed) subscriber.error(error);
      },
    );
  }

  private get result(): unknown {
    return this.count === 1 ? this.last : NO_SINGLE_VALUE;
  }

  private take(value: unknown): void {
    this.count++;
    this.last = value;
    // a renewal runs behind an answer that the subscriber has already
    if (this.call.cache === 'stale') return;
    this.call.hasAnswered = true;
    this.subscriber.next(value);
  }
}
