import { ShutdownException, TimeoutException } from '../../exceptions/rejection.exceptions.js';
import type { CallOutcome } from '../../events/resilience-event.js';
import { findCallerSignal } from '../../policy/abort-signal.js';
import type {
  AnswerCounts,
  CacheAnswer,
  KeptAnswer,
  RunInside,
  SharedRun,
  WrappedCall,
} from '../../strategies/call-wrapper.js';
import type { Label } from '../../strategies/label.js';
import { limitWithin } from '../nesting/nested-call.js';
import { notifyTimeout } from '../notify.js';
import { operationWith, runnable } from '../operation.js';
import type { Operation } from '../operation.js';
import type { Interruption } from '../outcome.js';
import { keyedParts } from '../pipeline-parts.js';
import { enterCall, newReport, settleCall, UNKNOWN_START } from '../settle.js';
import type { CallReport, EndingCall } from '../settle.js';
import type { AroundPipeline } from './around-pipeline.js';
import { CallRun, operationOfRun } from './call-run.js';
import { waitUntil } from './wait-until.js';

/** The facts of a call before an operation is made of it. */
export type CallFacts = Pick<Operation, 'self' | 'args' | 'attemptAt' | 'key' | 'cacheKey'>;

/** Runs an operation without the strategies around the call. */
export type RunOperation = (operation: Operation) => Promise<unknown>;

/** A call on its way through the strategies around it; it is settled once they are through. */
export class AroundCall implements WrappedCall, EndingCall {
  readonly self: unknown;
  readonly args: readonly unknown[];
  readonly attemptAt: number | undefined;
  cacheKey: unknown;
  usedFallback = false;
  hasAnswered = false;
  cache: CacheAnswer | undefined = undefined;
  found: unknown = undefined;
  freshFrom = 0;
  counts: AnswerCounts | undefined = undefined;
  startedAt = UNKNOWN_START;
  operation: Operation | undefined = undefined;
  private readonly givenKey: string | undefined;
  private run: RunOperation | undefined = undefined;
  /** The end of the run of this call, or of the one that it has joined. */
  private report: CallReport | undefined = undefined;
  private shared: CallRun | undefined = undefined;
  private failure: unknown = undefined;
  private interruption: Interruption | undefined = undefined;
  private limit: number | undefined = undefined;
  /** True once a run has taken over what was acquired for the call. */
  private hasRun = false;

  constructor(
    private readonly pipeline: AroundPipeline,
    { self, args, attemptAt, key, cacheKey }: CallFacts,
  ) {
    this.self = self;
    this.args = args;
    this.attemptAt = attemptAt;
    this.givenKey = key;
    this.cacheKey = cacheKey;
  }

  /** The key of the call; with destinations that of the last one chosen. */
  get key(): string | undefined {
    return this.operation?.destinations ? this.operation.key : this.givenKey;
  }

  get maxBytes(): number | undefined {
    return this.operation?.maxBytes;
  }

  get label(): Label {
    return this.pipeline.label;
  }

  get signal(): AbortSignal | undefined {
    return this.operation ? this.operation.signal : findCallerSignal(this.args);
  }

  get attemptsMade(): number {
    if (this.cache === 'hit' || this.cache === 'coalesced') return 0;
    return this.shared ? this.shared.attemptsMade : (this.report?.attempts ?? 0);
  }

  get isRetried(): boolean {
    return this.attemptsMade > 1 && this.report?.isRetried === true;
  }

  /** Answers the call with what is at hand. */
  settle({ value }: KeptAnswer): Promise<unknown> {
    const { pipeline } = this;
    const { shutdown, clock } = pipeline.deps;
    enterCall(pipeline, {});
    if (shutdown.isClosed) {
      const error = new ShutdownException();
      this.end('rejected', error);
      return Promise.reject(error);
    }
    this.cache = 'hit';
    if (pipeline.isTimed) this.startedAt = clock.now();
    this.end('success');
    return Promise.resolve(this.told(value));
  }

  /** Sends the call through the strategies. */
  async pass(operation: Operation, run: RunOperation): Promise<unknown> {
    const { pipeline } = this;
    const { clock } = pipeline.deps;
    this.operation = operation;
    this.run = run;
    enterCall(pipeline, {});
    if (operation.startedAt !== undefined) this.startedAt = operation.startedAt;
    else if (pipeline.isTimed || this.totalLimit !== Infinity) this.startedAt = clock.now();
    try {
      const value: unknown = await this.throughWrappers();
      this.end(this.usedFallback ? 'fallback' : 'success');
      return this.told(value);
    } catch (error) {
      this.end(this.outcomeOf(error), error);
      throw error;
    } finally {
      if (!this.hasRun) operation.acquired?.cancel();
    }
  }

  within<T>(work: Promise<T>): Promise<T> {
    return waitUntil(this, work, true, (interruption) => this.leave(interruption, false));
  }

  begin(inside: RunInside): SharedRun {
    const run = new CallRun(this.deadline, this.signal !== undefined);
    run.start(inside(this, run));
    return run;
  }

  join(joined: SharedRun): Promise<unknown> {
    const run = joined as CallRun;
    const { deadline } = this;
    this.shared = run;
    this.report = run.report;
    run.enter(deadline);
    const failed = (error: unknown) => {
      this.failure = error;
      throw error;
    };
    // nothing can make such a call leave before the run ends
    if (deadline === Infinity && this.signal === undefined) return run.result.catch(failed);
    return waitUntil(this, run.result, false, (interruption) =>
      this.leave(interruption, run.leave(interruption)),
    ).catch(failed);
  }

  behind(): AroundCall | undefined {
    const { pipeline, operation, run } = this;
    const { shutdown, clock } = pipeline.deps;
    if (shutdown.isDraining) return undefined;
    this.hasRun = true;
    const call = new AroundCall(pipeline, this);
    call.operation = operationWith(operation as Operation, {
      signal: undefined,
      startedAt: undefined,
      trace: undefined,
    });
    call.run = run;
    call.startedAt = clock.now();
    return call;
  }

  weigh(value: unknown): number | undefined {
    return this.operation?.weigh ? this.operation.weigh(value) : 0;
  }

  stored(value: unknown): unknown {
    return this.operation?.stored ? this.operation.stored(value) : value;
  }

  restored(stored: unknown): unknown {
    return this.operation?.restored ? this.operation.restored(stored) : stored;
  }

  /** The monotonic milliseconds at which the call must be over. */
  get deadline(): number {
    return this.startedAt + this.totalLimit;
  }

  /** Milliseconds that the whole call may take. */
  get totalLimit(): number {
    return (this.limit ??= limitWithin(this.pipeline));
  }

  get deps(): AroundPipeline['deps'] {
    return this.pipeline.deps;
  }

  /** The error of a call that has run out of time. */
  timedOut(): TimeoutException {
    const { name } = this.pipeline.limits;
    const cause = this.shared?.execution?.lastError;
    return new TimeoutException({ scope: 'total', timeout: this.totalLimit, name, cause });
  }

  private throughWrappers(): Promise<unknown> {
    const innermost: RunInside = (call = this, shared = undefined) =>
      (call as AroundCall).runInside(shared as CallRun | undefined);
    const outermost = this.pipeline.wrappers.reduceRight<RunInside>(
      (inside, wrapper) =>
        (call = this) =>
          wrapper.around(call, inside),
      innermost,
    );
    return outermost();
  }

  private runInside(shared: CallRun | undefined): Promise<unknown> {
    const operation = this.operation as Operation;
    const run = this.run as RunOperation;
    this.hasRun = true;
    const startedAt = this.startedAt === UNKNOWN_START ? undefined : this.startedAt;
    if (shared) return run(operationOfRun(operation, shared, startedAt));
    const report = newReport();
    this.report = report;
    this.shared = undefined;
    const { args, signal } = operation;
    const changes = { args, signal, startedAt, report, sharedRun: undefined };
    return run(runnable(operation, changes)).catch((error: unknown) => {
      this.failure = error;
      throw error;
    });
  }

  /** Notes that the call has left what it waited for, and notifies the listeners unless the run does. */
  private leave(interruption: Interruption, isTold: boolean): void {
    this.interruption = interruption;
    if (interruption.by !== 'timeout' || isTold) return;
    const { parts } = this.pipeline;
    const attempt = this.shared?.execution?.attempt ?? 0;
    notifyTimeout(keyedParts(parts, this.key), { scope: 'total', timeout: this.totalLimit, attempt });
  }

  private outcomeOf(error: unknown): CallOutcome {
    const { interruption } = this;
    if (interruption && interruption.error === error)
      return interruption.by === 'timeout' ? 'failure' : 'aborted';
    return error === this.failure && this.report ? this.report.outcome : 'failure';
  }

  private end(outcome: CallOutcome, error?: unknown): void {
    const { counts, cache } = this;
    if (counts !== undefined && cache !== undefined) counts[cache]++;
    settleCall(this.pipeline, this, outcome, error);
  }

  /** The result as its caller is to see it. */
  private told(value: unknown): unknown {
    const { operation, cache } = this;
    if (operation?.told === undefined || cache === undefined || cache === 'miss') return value;
    return operation.told(value, cache, this.attemptsMade);
  }
}
