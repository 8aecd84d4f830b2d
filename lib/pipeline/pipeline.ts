import type { BodyInterceptor } from '../strategies/body-interceptor.js';
import type { CallWrapper } from '../strategies/call-wrapper.js';
import type { GuardFamily } from '../strategies/guard.js';
import type { Label } from '../strategies/label.js';
import type { RetryBudget } from '../strategies/retry/retry-budget.js';
import type { CallFigures } from '../telemetry/call-figures.js';
import type { CallTrace } from '../telemetry/call-trace.js';
import type { Telemetry } from '../telemetry/telemetry.js';
import { ShutdownException } from '../exceptions/rejection.exceptions.js';
import { findCallerSignal, hasObject } from '../policy/abort-signal.js';
import { acquire, Wait } from './acquire.js';
import type { Refusal } from './acquire.js';
import { endsInTime, limitsOf, readsClock } from './call-limits.js';
import { AroundCalls } from './around/around-calls.js';
import type { RunOperation } from './around/around-call.js';
import { intercepted } from './attempt/intercepted.js';
import type { CallLimits } from './call-limits.js';
import type { CompiledPipeline } from './compiled-pipeline.js';
import type { DeadlineQueue } from './deadlines/deadline-queue.js';
import { Execution } from './execution.js';
import { FirstAttempt } from './first-attempt.js';
import { NO_PERMIT, Permit } from './guards/permit.js';
import { runNested } from './nesting/nested-call.js';
import { needsRetryLoop, operationWith, sameOperation } from './operation.js';
import type { Method, Operation } from './operation.js';
import { outcomeOfObstacle } from './obstacle.js';
import type { Obstacle } from './obstacle.js';
import type { Outcome } from './outcome.js';
import type { PipelineDeps } from './pipeline-deps.js';
import { placedStrategies } from './pipeline-parts.js';
import type { PipelineParts, PlacedStrategies } from './pipeline-parts.js';
import { RESOLVED, rejectSoon } from './reject-soon.js';
import { runRetryLoop } from './retry-loop.js';
import { callOutcomeOf, enterCall, settleCall, UNKNOWN_START } from './settle.js';

/**
 * A policy compiled for one method, client or function: it runs calls through its strategies in the one fixed order. A call runs
 * in two ways: its first attempt on the fast path, and everything else in the retry loop. Strategies decide; only the engine waits.
 */
export class Pipeline implements CompiledPipeline {
  readonly limits: CallLimits;
  /** Counts each call when it begins. */
  readonly budget: RetryBudget | undefined;
  readonly guards: readonly GuardFamily[];
  /** The strategies around whole calls, outermost first. */
  readonly wrappers: readonly CallWrapper[];
  /** Set where strategies stand around calls. */
  readonly around: AroundCalls | undefined;
  /** True if `retryOnResult` looks at results. */
  readonly judgesResults: boolean;
  /** The name of the calls in events. */
  readonly label: Label;
  /** The counters of its calls; undefined if nothing is counted. */
  readonly figures: CallFigures | undefined;
  readonly parts: PipelineParts;
  readonly deps: PipelineDeps;
  /** True if first attempts can take the fast path. */
  private readonly isFast: boolean;
  /** True if the moment in which a call began has to be known before anything has failed. */
  private readonly readsClock: boolean;
  /** True if a first attempt can be ended from outside. */
  readonly isBounded: boolean;
  private readonly shutdown: PipelineDeps['shutdown'];
  private readonly events: PipelineDeps['events'];
  private readonly telemetry: PipelineDeps['telemetry'];
  private readonly placed: PlacedStrategies;
  private deadlines: DeadlineQueue | undefined = undefined;
  /** The strategies in front of bodies; the first that intercepts decides. */
  readonly interceptors: readonly BodyInterceptor[];
  private readonly runOperation: RunOperation;
  private unrepeated: Pipeline | undefined = undefined;

  /** @param attemptAt - the index of the method's argument that is to be its `AttemptContext`, if one is */
  constructor(
    parts: PipelineParts,
    readonly attemptAt?: number,
  ) {
    const { retry, hedge, family, deps } = parts;
    this.figures = parts.figures ?? deps.telemetry?.figuresOf(family);
    this.parts = { ...parts, figures: this.figures };
    this.deps = deps;
    this.shutdown = deps.shutdown;
    this.events = deps.events;
    this.telemetry = deps.telemetry;
    this.label = family;
    this.budget = retry ? retry.budget : hedge?.budget;
    this.limits = limitsOf(parts);
    this.placed = placedStrategies(parts);
    this.guards = this.placed.guards;
    this.wrappers = this.placed.wrappers;
    this.interceptors = this.placed.bodies;
    this.runOperation = this.runnerBehind(this.interceptors);
    this.around = AroundCalls.of(this, this.placed.front, this.runOperation);
    this.judgesResults = retry?.options.retryOnResult !== undefined;
    // the total timeout of a call can only fall due after such a first attempt
    const endsByItself = this.limits.total === Infinity || this.limits.attempt < this.limits.total;
    this.isBounded = this.limits.attempt !== Infinity || deps.shutdown.cutsOffAll;
    this.isFast = endsByItself && !hedge && deps.ambientContext === undefined;
    this.readsClock = readsClock(parts, this.limits);
  }

  /** True if the wrapper of a method can make first attempts itself. */
  get isPlain(): boolean {
    const { wrappers, bodies } = this.placed;
    return this.isFast && this.attemptAt === undefined && wrappers.length === 0 && bodies.length === 0;
  }

  /** True if a strategy keeps or shares the answers of calls. */
  get keepsAnswers(): boolean {
    return this.placed.keepers.length > 0;
  }

  /** True if a listener or the figures want to know how long a call takes. */
  get isTimed(): boolean {
    return this.events.observesCalls || this.figures?.keepsDurations === true;
  }

  /** True if something observes calls: none takes the fast path then. */
  get isWatched(): boolean {
    return this.telemetry !== undefined && this.telemetry.isWatched;
  }

  /** The queue in which limits of attempts stand. */
  get attemptDeadlines(): DeadlineQueue {
    const known = this.deadlines;
    if (known !== undefined && !known.isDropped) return known;
    return (this.deadlines = this.deps.deadlines.of(this.limits.attempt));
  }

  /** The same strategies without retries, for a call within one that retries. */
  get withoutRetry(): Pipeline {
    return (this.unrepeated ??= new Pipeline({ ...this.parts, retry: undefined }, this.attemptAt));
  }

  /** Begins a call: asks the guards for its first attempt. Never throws. */
  begin(args: readonly unknown[], isStartNeeded: boolean, known?: Operation): FirstAttempt {
    this.shutdown.enter();
    if (this.budget !== undefined) this.budget.countCall();
    if (this.figures !== undefined && known?.report === undefined) this.figures.beginCall();
    const isTimed = isStartNeeded || this.readsClock || this.isTimed;
    const startedAt = isTimed ? this.deps.clock.now() : UNKNOWN_START;
    try {
      const permit = this.firstPermit(args, known);
      if (!(permit instanceof Permit)) return new FirstAttempt(this, startedAt, NO_PERMIT, permit);
      if (this.readsClock) permit.beginAt(startedAt);
      return new FirstAttempt(this, startedAt, permit, undefined);
    } catch (failure) {
      return new FirstAttempt(this, startedAt, NO_PERMIT, { failure });
    }
  }

  private firstPermit(args: readonly unknown[], known: Operation | undefined): Permit | Refusal | Wait {
    if (this.shutdown.isClosed) throw new ShutdownException();
    return known?.acquired ?? acquire(this.guards, args, known?.key);
  }

  /** True if an attempt with a time limit is given an abort among its arguments, which then ends it at once. */
  bringsSignal(args: readonly unknown[]): boolean {
    // most calls have no object among their arguments, and are not searched
    return this.limits.attempt !== Infinity && hasObject(args) && findCallerSignal(args) !== undefined;
  }

  /** Runs a method in every way but that of {@link isPlain}; `as` makes the operation of another caller. */
  invoke(method: Method, self: unknown, args: unknown[], as = sameOperation): Promise<unknown> {
    if (this.around !== undefined && !this.isWatched) return this.around.invoke(method, self, args, as);
    return this.execute(as(this.operationOf(method, self, args)));
  }

  /** Runs an operation with everything a pipeline has: limits, signals, attempts that know their number. */
  execute(operation: Operation): Promise<unknown> {
    if (operation.trace === undefined && this.isWatched) {
      const trace = this.traceOf(operation);
      return trace.run(() => this.execute(operationWith(operation, { trace })));
    }
    return this.around ? this.around.execute(operation) : this.runOperation(operation);
  }

  /** An execution of its own, for {@link run}: its owner can end it. The call is counted. */
  open(operation: Operation): Execution {
    enterCall(this, operation);
    this.budget?.countCall();
    return this.newExecution(operation);
  }

  newExecution(operation: Operation, startedAt = operation.startedAt ?? this.deps.clock.now()): Execution {
    const since = startedAt === UNKNOWN_START ? this.deps.clock.now() : startedAt;
    return new Execution(operation, this.limits, this.deps, since);
  }

  /** Runs an execution, without the strategies around the call. */
  run(execution: Execution, first?: Outcome | Wait): Promise<unknown> {
    if (first && !(first instanceof Wait) && 'error' in first && !this.looksAt(first)) {
      settleCall(this, execution, callOutcomeOf(first, execution.isAborted), first.error);
      return rejectSoon(first.error);
    }
    return runRetryLoop(execution, this, first);
  }

  /** Goes on with a first attempt whose body must not run now. */
  goAround(first: FirstAttempt): Promise<unknown> {
    const { obstacle, startedAt, knownOperation } = first;
    const execution = this.newExecution(knownOperation, startedAt);
    if (obstacle instanceof Wait) return this.run(execution, obstacle);
    execution.attempt = execution.round = 1;
    const outcome = outcomeOfObstacle(obstacle as Exclude<Obstacle, Wait>, this.figures);
    if (!this.looksAt(outcome)) return this.run(execution, outcome);
    return RESOLVED.then(() => this.run(execution, outcome));
  }

  /** Begins to observe a call; asked only where {@link isWatched}. */
  traceOf({ key }: Pick<Operation, 'key'>): CallTrace {
    return (this.telemetry as Telemetry).trace(this.label, key);
  }

  /** The operation of a call of a method. */
  operationOf(method: Method, self: unknown, args: readonly unknown[]): Operation {
    return { method, self, args, attemptAt: this.attemptAt, signal: findCallerSignal(args) };
  }

  /** Puts the strategies in front of bodies into an operation. */
  intercepted(operation: Operation): Operation {
    return this.interceptors.length === 0 ? operation : intercepted(operation, this.interceptors, this);
  }

  /** Chooses the way in which operations run, so that one without strategies in front of its body pays nothing for them. */
  private runnerBehind(bodies: readonly BodyInterceptor[]): RunOperation {
    return bodies.length === 0 ? this.runBare : (operation) => this.runBare(this.intercepted(operation));
  }

  private readonly runBare = (operation: Operation): Promise<unknown> => {
    const { ambientContext, clock } = this.deps;
    if (ambientContext) return runNested(this, operation, ambientContext);
    const { sharedRun, startedAt } = operation;
    const isFast = this.isFast && !needsRetryLoop(operation) && sharedRun?.mayEndEarly !== true;
    // only a call for which something was done before can run out of time in its first attempt
    const isLate = startedAt !== undefined && !endsInTime(this.limits, startedAt, clock.now());
    if (!isFast || isLate) return this.run(this.open(operation));
    const first = this.begin(operation.args, true, operation);
    if (!first.obstacle) return first.run(operation);
    first.operation = operation;
    return this.goAround(first);
  };

  /** True if an attempt may follow an outcome, or a listener wants the reason against it. */
  private looksAt({ kind }: Outcome): boolean {
    const { retry } = this.parts;
    if (!retry) return false;
    return kind !== 'refused' || retry.mayRepeatRefusals;
  }
}
