import type { Circuit } from '../strategies/circuit-breaker/circuit.js';
import type { RetryBudget } from '../strategies/retry/retry-budget.js';
import type { CallLimits } from './call-limits.js';
import { Call } from './execution.js';
import { findCallerSignal } from './abort/caller-signal.js';
import { drive } from './retry-loop.js';
import { FallbackMethod } from './fallback-method.js';
import { driveNested } from './nesting/nested-call.js';
import type { Outcome } from './outcome.js';
import type { Permit } from './guards/permit.js';
import type { PipelineParts } from './pipeline-parts.js';
import { quickCalls } from './quick-calls.js';
import type { QuickCalls } from './quick-calls.js';
import { mayBeQuickTask, QuickTasks } from './first-attempt.js';
import { DONE, rejectSoon } from './reject-soon.js';
import { isPlain, limitsOf, mayBeQuick, readsClock } from './call-limits.js';
import type { MethodHandler, PlainCalls, PlainTask } from './methods/wrap-method.js';
import type { Method, Operation } from './operation.js';

/**
 * A policy compiled for one method, client or function: it runs calls through its strategies in the one fixed
 * order. Strategies decide; only the pipeline waits.
 */
export class Pipeline implements MethodHandler, PlainCalls {
  /** @internal */ readonly limits: CallLimits;
  /** Counts each call when it begins. */
  readonly budget: RetryBudget | undefined;
  /** Itself, if a first attempt is the method and a circuit around it, and nothing else. */
  readonly plain: Pipeline | undefined;
  /** @internal */ readonly circuits: PipelineParts['circuits'];
  /** True if it matters when a call began. */
  private readonly readsClock: boolean;
  /** Of a pipeline whose first attempts need little. */
  private readonly quick: QuickCalls | undefined;
  private readonly quickTasks: QuickTasks | undefined;
  private readonly fallback: FallbackMethod | undefined;

  /** @param attemptAt - which argument of the method is to be its `AttemptContext`, if one is */
  constructor(
    readonly parts: PipelineParts,
    private readonly attemptAt?: number,
  ) {
    const { fallback, retry, hedge } = parts;
    this.budget = retry ? retry.budget : hedge?.budget;
    this.limits = limitsOf(parts);
    this.circuits = parts.circuits;
    this.readsClock = readsClock(parts);
    const isAlone = parts.tools.ambientContext === undefined;
    const isQuick = isAlone && attemptAt === undefined && mayBeQuick(parts);
    this.plain = isQuick && isPlain(parts) ? this : undefined;
    if (isQuick) this.quick = quickCalls(this);
    if (mayBeQuickTask(parts, this.limits)) this.quickTasks = new QuickTasks(this);
    if (fallback) this.fallback = new FallbackMethod(parts, fallback);
  }

  /** What calls of a decorated method go to: as little of it as they need. */
  get entry(): MethodHandler {
    return this.plain ?? (this.fallback ? this : (this.quick ?? this));
  }

  /** Counts a plain call; when it began, or 0 where that does not matter. */
  begin(): number {
    this.budget?.countCall();
    return this.readsClock ? this.parts.tools.clock.now() : 0;
  }

  /** Runs a method, in every way but the plain one. */
  invoke(method: Method, self: unknown, args: unknown[]): Promise<unknown> {
    const { quick, fallback } = this;
    if (!quick) return this.execute(this.taskOf(method, self, args));
    const result = quick.invoke(method, self, args);
    return fallback ? fallback.guard(result, { self, args }) : result;
  }

  /** Runs a task with everything a pipeline has: limits, signals, attempts that know their number. */
  execute(task: Operation): Promise<unknown> {
    this.budget?.countCall();
    const { parts, limits } = this;
    const { ambientContext } = parts.tools;
    const result = ambientContext
      ? driveNested(ambientContext, { task, limits, parts })
      : (this.quickTasks?.run(task) ?? this.run(this.newCall(task)));
    return this.fallback ? this.fallback.guard(result, task) : result;
  }

  /** A call of its own, for {@link run}: who holds it can end it. */
  newCall(task: Operation, startedAt = task.startedAt ?? this.parts.tools.clock.now()): Call {
    return new Call(task, this.limits, this.parts.tools, startedAt);
  }

  /** Runs a call without its fallback; the caller has counted it for the {@link budget}. */
  run(call: Call): Promise<unknown> {
    return drive(call, this.parts);
  }

  /** What the fallback answers in place of an error; without one the error is thrown. */
  answerFor(error: unknown, task: Operation): unknown {
    if (!this.fallback) throw error;
    return this.fallback.answer(error, task);
  }

  /** What there is to be done for a call of the method. */
  taskOf(method: Method, self: unknown, args: readonly unknown[]): Operation {
    return { method, self, args, attemptAt: this.attemptAt, signal: findCallerSignal(args) };
  }

  /** After a first attempt that the circuit did not let through. */
  refused(circuit: Circuit, startedAt: number, task: PlainTask): Promise<unknown> {
    const first: Outcome = { kind: 'refused', error: circuit.refuse(undefined) };
    if (!this.looksAt(first)) return rejectSoon(first.error);
    const { method, self, args } = task;
    return DONE.then(() => this.goOn(this.taskOf(method, self, args), circuit, startedAt, first));
  }

  /** True if an outcome may be repeated, or somebody wants to hear why it is not. */
  private looksAt({ kind }: Outcome): boolean {
    const { retry, tools } = this.parts;
    if (!retry) return false;
    return kind !== 'refused' || retry.mayRepeatRefusals || tools.events.isObserved('retry.suppressed');
  }

  /** After a first attempt that failed; one whose caller has left says nothing of the upstream. */
  failed(task: Operation, permit: Permit, error: unknown): Promise<unknown> {
    if (task.signal?.aborted) permit.release();
    else permit.failed(error);
    return this.goOn(task, permit.circuit, permit.startedAt, { kind: 'failed', error });
  }

  private goOn(
    task: Operation,
    circuit: Circuit | undefined,
    startedAt: number,
    first: Outcome,
  ): Promise<unknown> {
    const { parts } = this;
    if ('error' in first && !this.looksAt(first)) throw first.error;
    const call = this.newCall(task, startedAt);
    call.attempt = call.round = 1;
    call.circuit = circuit;
    return drive(call, parts, first);
  }
}
