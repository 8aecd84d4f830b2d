import type { Clock } from '../clock/clock.js';
import type { RetryBudget } from '../strategies/retry/retry-budget.js';
import { findCallerSignal } from './abort/caller-signal.js';
import type { DeadlineNursery } from './deadline-nursery.js';
import type { Call } from './execution.js';
import type { CallLimits } from './call-limits.js';
import type { Permit } from './guards/permit.js';
import type { PipelineParts } from './pipeline-parts.js';
import { readsClock } from './call-limits.js';
import { quickPermit } from './quick-permit.js';
import type { MethodHandler } from './methods/wrap-method.js';
import type { Method, Operation } from './operation.js';
import { TimedAttempt } from './timed-attempt.js';
import { timedOut } from './attempt/timed-out.js';
import type { FollowUp, Made } from './timed-attempt.js';

/** The pipeline, as far as quick calls need it. */
interface CallRunner {
  readonly parts: PipelineParts;
  readonly limits: CallLimits;
  readonly budget: RetryBudget | undefined;
  taskOf(method: Method, self: unknown, args: readonly unknown[]): Operation;
  newCall(task: Operation): Call;
  run(call: Call): Promise<unknown>;
  failed(task: Operation, permit: Permit, error: unknown): Promise<unknown>;
}

/** The quick calls of a pipeline. */
export function quickCalls(pipeline: CallRunner): QuickCalls {
  return pipeline.limits.attempt === Infinity ? new FreeCalls(pipeline) : new TimedCalls(pipeline);
}

/**
 * Calls whose first attempts need a permit or a time limit, but nobody to end them and no signal: admitted at once, or
 * left to the call that can wait.
 */
export abstract class QuickCalls implements MethodHandler {
  readonly plain = undefined;
  protected readonly parts: PipelineParts;
  protected readonly budget: RetryBudget | undefined;
  protected readonly clock: Clock;
  /** True if it matters later when an attempt began: a fraction costs every permit an object of its own. */
  protected readonly keepsStart: boolean;

  constructor(protected readonly pipeline: CallRunner) {
    const { parts, budget } = pipeline;
    this.parts = parts;
    this.budget = budget;
    this.clock = parts.tools.clock;
    const isAdaptive = parts.bulkheads !== undefined && parts.bulkheads.plan.options.adaptive !== false;
    this.keepsStart = isAdaptive || readsClock(parts);
  }

  abstract invoke(method: Method, self: unknown, args: unknown[]): Promise<unknown>;

  protected runFully(method: Method, self: unknown, args: unknown[]): Promise<unknown> {
    const { pipeline } = this;
    return pipeline.run(pipeline.newCall(pipeline.taskOf(method, self, args)));
  }

  protected async failed({ method, self, args, permit }: Made, error: unknown): Promise<unknown> {
    return this.pipeline.failed(this.pipeline.taskOf(method, self, args), permit, error);
  }
}

/** First attempts that may take as long as they like. */
class FreeCalls extends QuickCalls {
  invoke(method: Method, self: unknown, args: unknown[]): Promise<unknown> {
    this.budget?.countCall();
    const now = this.keepsStart ? this.clock.now() : 0;
    const permit = quickPermit(this.parts, args);
    if (permit === undefined) return this.runFully(method, self, args);
    if (this.keepsStart) permit.startedAt = now;
    return start(method, self, args).then(
      (value: unknown) => {
        permit.succeeded();
        return value;
      },
      (error: unknown) => this.failed({ permit, method, self, args }, error),
    );
  }
}

/** First attempts with a time limit. */
class TimedCalls extends QuickCalls {
  private readonly limit = this.pipeline.limits.attempt;
  private readonly nursery: DeadlineNursery | undefined = this.parts.tools.deadlines.newNursery(this.limit);
  private readonly readsClock = this.keepsStart || this.nursery === undefined;

  invoke(method: Method, self: unknown, args: unknown[]): Promise<unknown> {
    this.budget?.countCall();
    const now = this.readsClock ? this.clock.now() : 0;
    // who can abort is listened to while a time limit is kept
    const permit = bringsSignal(args) ? undefined : quickPermit(this.parts, args);
    if (permit === undefined) return this.runFully(method, self, args);
    if (this.keepsStart) permit.startedAt = now;
    const promise = start(method, self, args);
    const attempt = new TimedAttempt(permit, method, self, args);
    if (this.nursery) this.nursery.add(attempt);
    else this.parts.tools.deadlines.of(this.limit).insert(attempt, now);
    return attempt.race(promise, this.followUp);
  }

  private readonly followUp: FollowUp = (made, failed) =>
    this.failed(made, failed ? failed.error : timedOut(this.pipeline, 1));
}

/** The arguments are handed over as in the function that stands in place of a method. */
function start(method: Method, self: unknown, args: unknown[]): Promise<unknown> {
  try {
    let running: unknown;
    if (args.length === 0) running = method.call(self);
    else if (args.length === 1) running = method.call(self, args[0]);
    else if (args.length === 2) running = method.call(self, args[0], args[1]);
    else running = method.apply(self, args);
    return running instanceof Promise ? (running as Promise<unknown>) : Promise.resolve(running);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** Most calls have no object among their arguments, and are not searched. */
function bringsSignal(args: readonly unknown[]): boolean {
  for (let index = 0; index < args.length; index++) {
    if (typeof args[index] === 'object' && args[index] !== null) return findCallerSignal(args) !== undefined;
  }
  return false;
}
