import { randomUUID } from 'node:crypto';
import { ShutdownException } from '../exceptions/rejection.exceptions.js';
import type { Execution } from './execution.js';
import { Attempt } from './attempt-context.js';
import type { AttemptSource } from './attempt-context.js';
import type { CompiledPipeline } from './compiled-pipeline.js';
import { timedOut } from './attempt/timed-out.js';
import { Deadline } from './deadlines/deadline-queue.js';
import { NO_PERMIT } from './guards/permit.js';
import type { Permit } from './guards/permit.js';
import type { Obstacle } from './obstacle.js';
import { promiseOf, startAttempt, startUnbounded } from './operation.js';
import type { Method, Operation } from './operation.js';
import type { Outcome } from './outcome.js';
import { keyedParts } from './pipeline-parts.js';
import { RESOLVED } from './reject-soon.js';
import { settleCall, UNKNOWN_START } from './settle.js';
import type { AttemptOutcome } from '../telemetry/figures.js';

/**
 * The fast path: the first attempt of a method, of `execute` and of a request. Its permit was acquired synchronously; the body
 * runs, and with a success the call is over. Everything else goes on in the retry loop.
 */
export class FirstAttempt {
  /** Set once the body has begun to run: an operation, or the method and its call. */
  operation: Operation | undefined = undefined;
  private method: Method | undefined = undefined;
  private self: unknown = undefined;
  private args: readonly unknown[] | undefined = undefined;
  private execution: Execution | undefined = undefined;

  /** @param obstacle - set if the body must not run now; the permit is empty then */
  constructor(
    readonly pipeline: CompiledPipeline,
    readonly startedAt: number,
    readonly permit: Permit,
    readonly obstacle: Obstacle | undefined,
  ) {}

  get attemptsMade(): number {
    return 1;
  }

  /** False: it is the first attempt. */
  get isRetried(): boolean {
    return false;
  }

  /** False: streams have no first attempt. */
  get hasAnswered(): boolean {
    return false;
  }

  /** The attempt of a method's call. */
  of(method: Method, self: unknown, args: readonly unknown[]): this {
    this.method = method;
    this.self = self;
    this.args = args;
    return this;
  }

  /** The call of a method. */
  get call(): Pick<Operation, 'method' | 'self' | 'args'> {
    return { method: this.method as Method, self: this.self, args: this.args as readonly unknown[] };
  }

  /** The same attempt of a call that is run in another manner. */
  as(change: (operation: Operation) => Operation): this {
    this.operation = change(this.knownOperation);
    return this;
  }

  /** The operation; of a method it is made when it is needed. */
  get knownOperation(): Operation {
    const { method, self, args } = this;
    return (this.operation ??= this.pipeline.operationOf(method as Method, self, args as readonly unknown[]));
  }

  /** Follows the body, which has begun to run. */
  follow(result: unknown): Promise<unknown> {
    return this.race(promiseOf(result));
  }

  private race(running: Promise<unknown>): Promise<unknown> {
    if (this.pipeline.isBounded) return new AttemptLimit(this).race(running);
    return running.then(
      (value) => this.succeed(value),
      (error: unknown) => {
        this.fail(error);
        return this.goOn({ kind: 'failed', error });
      },
    );
  }

  /** Runs an operation, which is given its attempt. */
  run(operation: Operation): Promise<unknown> {
    this.operation = operation;
    // nothing can end such an attempt, and its body does not ask for it
    if (!this.pipeline.isBounded && operation.attemptAt === undefined)
      return this.race(startUnbounded(operation));
    const limit = new AttemptLimit(this);
    return limit.race(startAttempt(operation, limit.openContext()));
  }

  /** The result of a call whose first attempt has succeeded, unless `retryOnResult` does not accept it. */
  succeed(value: unknown): unknown {
    this.permit.succeed();
    const { pipeline } = this;
    pipeline.figures?.countAttempt('first', 'success');
    if (pipeline.judgesResults) return this.goOn({ kind: 'value', value });
    settleCall(pipeline, this, 'success');
    return value;
  }

  /** Hands the permit back uncounted: a body that gives no promise is no attempt. */
  abandon(): void {
    const { figures, deps } = this.pipeline;
    this.permit.cancel();
    figures?.cancelCall();
    deps.shutdown.leave();
  }

  /** Settles the permit of a failed attempt; one whose caller has left says nothing of the upstream. */
  fail(error: unknown, concernsUpstream = true, end: AttemptOutcome = 'failure'): void {
    const isAborted = this.knownOperation.signal?.aborted === true;
    this.pipeline.figures?.countAttempt('first', isAborted ? 'aborted' : end);
    if (!concernsUpstream || isAborted) this.permit.release();
    else this.permit.fail(error);
  }

  /** The key of the call, where it is known outside of the attempt. */
  get keyOfCall(): string | undefined {
    return this.operation?.early?.idempotencyKey ?? this.execution?.idempotencyKey;
  }

  /** Goes on in the retry loop after an attempt that did not end the call. */
  goOn(outcome: Outcome, idempotencyKey?: string): Promise<unknown> {
    const { pipeline, permit, startedAt } = this;
    const execution = (this.execution = pipeline.newExecution(this.knownOperation, startedAt));
    execution.attempt = execution.round = execution.attemptsMade = 1;
    execution.permit = permit === NO_PERMIT ? undefined : permit;
    execution.keepKey(idempotencyKey);
    return pipeline.run(execution, outcome);
  }
}

type Settle = (value: unknown) => void;

const none: Settle = () => undefined;
let resolveLast = none;
let rejectLast = none;
/** Hands out the functions of a promise without a closure for each. */
const keepFunctions = (resolve: Settle, reject: Settle): void => {
  resolveLast = resolve;
  rejectLast = reject;
};

/**
 * The limit of a first attempt: its body, its deadline or the shutdown ends it, whichever comes first. The object
 * itself stands in the deadline queue, and enters the async context of its call.
 */
class AttemptLimit extends Deadline implements AttemptSource {
  readonly lastError = undefined;
  private context: Attempt | undefined = undefined;
  private uuid: string | undefined = undefined;
  private isOver = false;
  private readonly resolve: Settle;
  private readonly reject: Settle;
  // fields and no literals for objects that live as long as a request: where many are under way at once, V8 learns from a
  // literal that it lives long, and makes all that follow among the old, whose garbage is far dearer
  private readonly result: Promise<unknown>;

  constructor(private readonly first: FirstAttempt) {
    super();
    this.result = new Promise(keepFunctions);
    this.resolve = resolveLast;
    this.reject = rejectLast;
    // a promise holds the context of its call
    resolveLast = rejectLast = none;
    const { pipeline, startedAt } = first;
    if (startedAt === UNKNOWN_START) pipeline.attemptDeadlines.insertNow(this);
    else pipeline.attemptDeadlines.insert(this, startedAt);
  }

  /** One key for all attempts of the call. */
  get idempotencyKey(): string {
    return this.first.keyOfCall ?? (this.uuid ??= randomUUID());
  }

  openContext(): Attempt {
    const { pipeline, permit } = this.first;
    const { circuitBreaker, deps } = pipeline.parts;
    const attempt = (this.context = new Attempt(this, 1, this.at));
    attempt.slot = permit.slot;
    attempt.moveTo = (key) => {
      if (!this.isOver && circuitBreaker)
        permit.moveTo(circuitBreaker, key, {
          clock: deps.clock,
          lastError: undefined,
          figures: pipeline.figures,
        });
    };
    return attempt;
  }

  race(running: Promise<unknown>): Promise<unknown> {
    running.then(
      (value) => this.ends() && this.resolve(this.first.succeed(value)),
      (error: unknown) => this.ends() && this.fail(error, 'failure'),
    );
    return this.result;
  }

  override onDeadline(): void {
    if (!this.ends()) return;
    const { pipeline, operation } = this.first;
    const parts = keyedParts(pipeline.parts, operation?.key);
    const timeout = timedOut({ parts, limits: pipeline.limits }, 1);
    this.fail(this.context ? this.context.lateError(timeout) : timeout, 'timeout');
    this.context?.abort(timeout);
  }

  override onShutdown(): void {
    if (!this.ends()) return;
    const error = new ShutdownException();
    this.first.permit.release();
    this.first.pipeline.figures?.countAttempt('first', 'aborted');
    settleCall(this.first.pipeline, this.first, 'aborted', error);
    this.reject(error);
    this.context?.abort(error);
  }

  /** Decides about a retry one microtask later, so that calls which fail together see each other's failures in the circuit. */
  private fail(error: unknown, end: AttemptOutcome): void {
    this.first.fail(error, this.context?.concernsUpstream, end);
    this.resolve(RESOLVED.then(() => this.first.goOn({ kind: 'failed', error }, this.uuid)));
  }

  private ends(): boolean {
    if (this.isOver) return false;
    this.isOver = true;
    this.cancelDeadline();
    return true;
  }
}
