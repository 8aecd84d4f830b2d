import { ShutdownException, TimeoutException } from '../../exceptions/rejection.exceptions.js';
import type { CallOutcome } from '../../events/resilience-event.js';
import { PLAIN_ANSWERS } from '../../strategies/call-wrapper.js';
import type {
  AnswerCounts,
  AnswerForm,
  CacheAnswer,
  Finding,
  RunInside,
  RunWatcher,
  SharedRun,
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
import { through } from './through.js';
import type { PassingCall } from './through.js';
import { waitUntil } from './wait-until.js';

/** Runs an operation without the strategies around the call. */
export type RunOperation = (operation: Operation) => Promise<unknown>;

const NO_REPORT = {};

/** A call on its way through the strategies around it; it is settled once they are through. */
export class AroundCall implements PassingCall, EndingCall {
  cacheKey: unknown;
  usedFallback = false;
  hasAnswered = false;
  cache: CacheAnswer | undefined = undefined;
  found: Finding | undefined = undefined;
  freshFrom = 0;
  counts: AnswerCounts | undefined = undefined;
  startedAt = UNKNOWN_START;
  private run: RunOperation | undefined = undefined;
  /** The end of the run of this call, or of the one that it has joined. */
  private report: CallReport | undefined = undefined;
  private shared: CallRun | undefined = undefined;
  private interruption: Interruption | undefined = undefined;
  private limit: number | undefined = undefined;
  /** True once a run has taken over what was acquired for the call. */
  private hasRun = false;

  constructor(
    private readonly pipeline: AroundPipeline,
    readonly operation: Operation,
  ) {
    this.cacheKey = operation.cacheKey;
  }

  get self(): unknown {
    return this.operation.self;
  }

  get args(): readonly unknown[] {
    return this.operation.args;
  }

  get attemptAt(): number | undefined {
    return this.operation.attemptAt;
  }

  /** The key of the call; with destinations that of the last one chosen. */
  get key(): string | undefined {
    return this.operation.key;
  }

  get answers(): AnswerForm {
    return this.operation.answers ?? PLAIN_ANSWERS;
  }

  get label(): Label {
    return this.pipeline.label;
  }

  get signal(): AbortSignal | undefined {
    return this.operation.signal;
  }

  get attemptsMade(): number {
    if (this.cache === 'hit' || this.cache === 'coalesced') return 0;
    return this.shared ? this.shared.attemptsMade : (this.report?.attempts ?? 0);
  }

  get isRetried(): boolean {
    return this.attemptsMade > 1 && this.report?.isRetried === true;
  }

  /** Answers the call with what was found, or sends it through the strategies. */
  answer(found: Finding | undefined, run: RunOperation): Promise<unknown> {
    this.found = found;
    return found?.kept === undefined ? this.pass(run) : this.answerWith(found, found.kept.value);
  }

  private answerWith({ counts }: Finding, value: unknown): Promise<unknown> {
    const { pipeline } = this;
    const { shutdown, clock } = pipeline.deps;
    enterCall(pipeline, NO_REPORT);
    this.counts = counts;
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
  pass(run: RunOperation): Promise<unknown> {
    const { pipeline, operation } = this;
    this.run = run;
    enterCall(pipeline, NO_REPORT);
    if (operation.startedAt !== undefined) this.startedAt = operation.startedAt;
    else if (pipeline.isTimed || this.totalLimit !== Infinity) this.startedAt = pipeline.deps.clock.now();
    return through(pipeline.wrappers, this).then(
      (value) => this.succeed(value),
      (error: unknown) => this.fail(error),
    );
  }

  private succeed(value: unknown): unknown {
    this.end(this.usedFallback ? 'fallback' : 'success');
    return this.told(value);
  }

  private fail(error: unknown): never {
    this.end(this.outcomeOf(error), error);
    throw error;
  }

  within<T>(work: Promise<T>): Promise<T> {
    return waitUntil(this, work, true, (interruption) => this.leave(interruption, false));
  }

  begin(inside: RunInside, watcher: RunWatcher): SharedRun {
    const { deadline, signal } = this;
    const run = new CallRun(deadline, signal !== undefined);
    // the body of a caller that has left does not run
    run.start(signal?.aborted ? Promise.reject(signal.reason as Error) : inside(this, run), watcher);
    return run;
  }

  join(joined: SharedRun): Promise<unknown> {
    const { deadline, signal } = this;
    const run = (this.report = this.shared = joined as CallRun);
    run.enter(deadline);
    // nothing can make such a call leave before the run ends
    if (deadline === Infinity && signal === undefined) return run.result;
    return waitUntil(this, run.result, false, (interruption) =>
      this.leave(interruption, run.leave(interruption)),
    );
  }

  behind(): AroundCall | undefined {
    const { pipeline, run } = this;
    const { shutdown, clock } = pipeline.deps;
    if (shutdown.isDraining) return undefined;
    this.hasRun = true;
    const own = { signal: undefined, startedAt: undefined, trace: undefined, cacheKey: this.cacheKey };
    const call = new AroundCall(pipeline, operationWith(this.operation, own));
    call.run = run;
    call.startedAt = clock.now();
    return call;
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

  /** Runs the call without the strategies around it. */
  runInside(shared?: CallRun): Promise<unknown> {
    const { operation } = this;
    const run = this.run as RunOperation;
    this.hasRun = true;
    const startedAt = this.startedAt === UNKNOWN_START ? undefined : this.startedAt;
    if (shared) return run(operationOfRun(operation, shared, startedAt));
    const report = (this.report = newReport());
    this.shared = undefined;
    const { args, signal } = operation;
    return run(runnable(operation, { args, signal, startedAt, report, sharedRun: undefined }));
  }

  /** Notes that the call has left what it waited for, and notifies the listeners unless the run does. */
  private leave(interruption: Interruption, isTold: boolean): void {
    this.interruption = interruption;
    if (interruption.by !== 'timeout' || isTold) return;
    const parts = keyedParts(this.pipeline.parts, this.key);
    const attempt = this.shared?.execution?.attempt ?? 0;
    notifyTimeout(parts, { scope: 'total', timeout: this.totalLimit, attempt });
  }

  private outcomeOf(error: unknown): CallOutcome {
    const { interruption } = this;
    if (interruption && interruption.error === error)
      return interruption.by === 'timeout' ? 'failure' : 'aborted';
    return this.report && this.report.error === error ? this.report.outcome : 'failure';
  }

  private end(outcome: CallOutcome, error?: unknown): void {
    const { counts, cache } = this;
    if (!this.hasRun) this.operation.acquired?.cancel();
    if (counts !== undefined && cache !== undefined) counts[cache]++;
    settleCall(this.pipeline, this, outcome, error);
  }

  /** The result as its caller is to see it. */
  private told(value: unknown): unknown {
    const { cache } = this;
    if (cache === undefined || cache === 'miss') return value;
    return this.answers.told(value, cache, this.attemptsMade);
  }
}
