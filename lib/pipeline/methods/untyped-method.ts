import { isObservable, lastValueFrom, Subject, takeUntil } from 'rxjs';
import { read } from '../../policy/error-chain.js';
import { acquire, Wait } from '../acquire.js';
import type { CallTrace } from '../../telemetry/call-trace.js';
import type { Attempt } from '../attempt-context.js';
import type { FirstAttempt } from '../first-attempt.js';
import { interceptionOf } from '../attempt/intercepted.js';
import { Permit } from '../guards/permit.js';
import { argumentsWith, operationWith } from '../operation.js';
import type { Method, Operation } from '../operation.js';
import type { Pipeline } from '../pipeline.js';
import { newEarlyAttempt } from './early-attempt.js';
import { IterableMethod, leaveIterator } from './iterable-method.js';
import { ObservableMethod } from './observable-method.js';
import { NOT_INTERCEPTED } from './stream-method.js';
import type { FirstResult } from './stream-method.js';
import type { FirstRun, MethodHandler, MethodTraits } from './wrap-method.js';

/** A call of a method, and the result that its body has given already. */
interface FirstRunResult extends FirstResult {
  readonly method: Method;
  readonly self: unknown;
  readonly args: readonly unknown[];
}

/**
 * A method whose type the compiler has not left. The guards are asked before every run of the body, the first one included. Only
 * the form of the result is learnt: it is a promise until the method has returned an Observable or an async iterable. A thenable
 * is a promise, whatever else it is.
 */
export class UntypedMethod implements MethodHandler, FirstRun {
  readonly firstRun: FirstRun | undefined;
  /** Set once the method has returned a stream: calls are streams from then on. */
  private stream: ObservableMethod | IterableMethod | undefined = undefined;
  /** True once the method has returned a promise. */
  private hasReturnedPromise = false;

  constructor(
    private readonly pipeline: Pipeline,
    private readonly traits: MethodTraits,
  ) {
    this.firstRun = pipeline.isPlain ? this : undefined;
  }

  /** Takes over what another handler of the method knows of its results. */
  learnFrom({ stream, hasReturnedPromise }: UntypedMethod): void {
    this.hasReturnedPromise = hasReturnedPromise;
    if (stream instanceof ObservableMethod) this.stream = new ObservableMethod(this.pipeline);
    else if (stream) this.stream = new IterableMethod(this.pipeline);
  }

  begin(method: Method, self: unknown, args: readonly unknown[]): FirstAttempt | undefined {
    const { pipeline } = this;
    if (this.stream !== undefined || pipeline.isWatched || pipeline.bringsSignal(args)) return undefined;
    return pipeline.begin(args, false).of(method, self, args);
  }

  goAround(first: FirstAttempt): Promise<unknown> {
    return this.pipeline.goAround(first.as(promised));
  }

  follow(first: FirstAttempt, result: unknown): unknown {
    const other = this.resultInstead({ ...first.call, result });
    if (!other) return first.as(promised).follow(result);
    first.abandon();
    return other.result;
  }

  followThrow(first: FirstAttempt, error: unknown): unknown {
    if (!this.mayBeSynchronous) return first.as(this.open).follow(Promise.reject(error));
    first.abandon();
    throw error;
  }

  /** Runs a call that needs more from the start: its first run shows the form of the result, behind the same guards. */
  invoke(method: Method, self: unknown, args: unknown[]): unknown {
    const { pipeline, stream } = this;
    if (stream) return stream.invoke(method, self, args);
    // a kept answer, or the run of another call, may make a first run needless
    if (pipeline.keepsAnswers && this.hasReturnedPromise)
      return pipeline.invoke(method, self, args, promised);
    const trace = pipeline.isWatched ? pipeline.traceOf({}) : undefined;
    const run = () => this.runFirst(method, self, args, trace);
    return trace ? trace.run(run) : run();
  }

  private runFirst(method: Method, self: unknown, args: unknown[], trace: CallTrace | undefined): unknown {
    const { pipeline } = this;
    const operation = { ...promised(pipeline.operationOf(method, self, args)), trace };
    const acquired = permitOf(pipeline, args);
    if (!acquired) return pipeline.execute(operation);
    const decided = this.decide();
    if (decided.interception) return pipeline.execute(operationWith(operation, { acquired, decided }));
    const early = newEarlyAttempt(pipeline);
    const goOn = (how: Operation, firstRun: () => unknown) =>
      pipeline.execute(
        operationWith(how, { acquired, early, decided, method: withFirstRun(firstRun, how.method) }),
      );
    const attempt = trace?.beginEarly();
    try {
      const body = (): unknown => operation.method.apply(self, argumentsWith(operation, early?.context));
      const result: unknown = attempt ? attempt.run(body) : body();
      ignoreFailure(pipeline, result);
      const other = this.resultInstead({ result, method, self, args, early, trace });
      if (!other) return goOn(operation, () => result);
      this.leave(acquired, trace);
      return other.result;
    } catch (error) {
      const goOnFailed = () =>
        goOn({ ...this.open(pipeline.operationOf(method, self, args)), trace }, () => {
          throw error;
        });
      return this.mayBeSynchronous ? leaveFailed({ acquired, trace, error }) : goOnFailed();
    }
  }

  /** Ends a run that was no attempt, as the body has given no promise. */
  private leave(acquired: Permit, trace: CallTrace | undefined): void {
    acquired.cancel();
    if (!this.stream) trace?.endEarly();
  }

  /** Asks the strategies in front of the first body; a method that may be synchronous has none. */
  private decide(): NonNullable<Operation['decided']> {
    const { interceptors } = this.pipeline;
    return this.mayBeSynchronous ? NOT_INTERCEPTED : { interception: interceptionOf(interceptors) };
  }

  /** Under a decorator at the class a method that has returned no promise may be synchronous: its errors stay as they are. */
  private get mayBeSynchronous(): boolean {
    return this.traits.isOfClass && !this.hasReturnedPromise;
  }

  /** The caller's result if the body has given no promise: a stream, or under a decorator at the class the value itself. */
  private resultInstead(first: FirstRunResult): { readonly result: unknown } | undefined {
    const { result, method, self, args } = first;
    this.noteForm(result);
    if (this.stream instanceof ObservableMethod)
      return { result: this.stream.observe(method, self, args as unknown[], first) };
    if (this.stream) return { result: this.stream.iterate(method, self, args as unknown[], first) };
    return this.traits.isOfClass && !isThenable(result) ? { result } : undefined;
  }

  private noteForm(result: unknown): void {
    if (isThenable(result)) this.hasReturnedPromise = true;
    else if (isObservable(result)) this.stream = new ObservableMethod(this.pipeline);
    else if (isAsyncIterable(result)) this.stream = new IterableMethod(this.pipeline);
  }

  /** A call whose first run has thrown, so that the form is still open: its promise is of the stream that its body may give. */
  private readonly open = (operation: Operation): Operation => {
    const awaited = (result: unknown): unknown => {
      this.noteForm(result);
      return result;
    };
    return { ...operation, awaited };
  };
}

/** Leaves a result alone that no caller may wait for: where answers are kept, the call may be answered in another way. */
function ignoreFailure({ keepsAnswers }: Pipeline, result: unknown): void {
  if (keepsAnswers && result instanceof Promise) result.catch(() => undefined);
}

/** Ends a run that was no attempt: the error of a synchronous method is its caller's. */
function leaveFailed(run: { acquired: Permit; trace: CallTrace | undefined; error: unknown }): never {
  run.acquired.cancel();
  run.trace?.endEarly({ error: run.error });
  throw run.error;
}

/** Makes the operation of a caller that gets a promise: of the last value, if the body gives a stream. */
function promised(operation: Operation): Operation {
  return { ...operation, awaited: lastValueOf };
}

/** Asks for the permit of a first attempt; undefined if a guard refuses it or makes it wait, or a user's `key` function throws. */
function permitOf({ guards, deps }: Pipeline, args: readonly unknown[]): Permit | undefined {
  if (deps.shutdown.isClosed) return undefined;
  try {
    const asked = acquire(guards, args);
    if (asked instanceof Permit) return asked;
    if (asked instanceof Wait) asked.held?.cancel();
    return undefined;
  } catch {
    return undefined;
  }
}

/** Wraps a method whose first run has been made. */
function withFirstRun(firstRun: () => unknown, later: Method): Method {
  let isFirst = true;
  return function (this: unknown, ...args: unknown[]) {
    if (!isFirst) return later.apply(this, args);
    isFirst = false;
    return firstRun();
  };
}

/** Makes the promise of a body's result; of the last value, if it is a stream, which is left when the attempt is over. */
function lastValueOf(result: unknown, attempt?: Attempt): unknown {
  if (isThenable(result)) return result;
  if (isObservable(result)) {
    const aborted = new Subject<void>();
    attempt?.onAbort(() => aborted.next());
    return lastValueFrom(result.pipe(takeUntil(aborted)), { defaultValue: undefined });
  }
  return isAsyncIterable(result) ? lastItemOf(result, attempt) : result;
}

async function lastItemOf(items: AsyncIterable<unknown>, attempt?: Attempt): Promise<unknown> {
  const iterator = items[Symbol.asyncIterator]();
  let isOver = false;
  attempt?.onAbort(() => {
    isOver = true;
    leaveIterator(iterator);
  });
  let last: unknown;
  for (let item = await iterator.next(); !item.done && !isOver; item = await iterator.next())
    last = item.value;
  return last;
}

/** True for a thenable. A getter of a foreign object may throw: then it is none. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof read(value, 'then') === 'function';
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
