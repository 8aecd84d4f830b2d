import type { Clock } from '../clock/clock.js';
import type { RetryBudget } from '../strategies/retry/retry-budget.js';
import { findCallerSignal } from './caller-signal.js';
import type { DeadlineNursery } from './deadline-nursery.js';
import type { Call } from './call.js';
import type { CallLimits } from './pipeline-shape.js';
import type { Permit } from './permit.js';
import type { PipelineParts } from './pipeline-parts.js';
import { readsClock } from './pipeline-shape.js';
import { quickPermit } from './quick-permit.js';
import type { Method, Task } from './task.js';
import { TimedAttempt } from './timed-attempt.js';
import { timedOut } from './timed-out.js';
import type { FollowUp, Made } from './timed-attempt.js';

/** The pipeline, as far as quick calls need it. */
interface CallRunner {
  readonly parts: PipelineParts;
  readonly limits: CallLimits;
  readonly budget: RetryBudget | undefined;
  taskOf(method: Method, self: unknown, args: readonly unknown[]): Task;
  newCall(task: Task): Call;
  run(call: Call): Promise<unknown>;
  failed(task: Task, permit: Permit, error: unknown): Promise<unknown>;
}

/**
 * First attempts that need a permit or a time limit, but nobody to end them and no signal: admitted at once, or left
 * to the call that can wait.
 */
export class QuickCalls {
  /** How long a first attempt may take; Infinity for as long as it likes. */
  private readonly limit: number;
  private readonly nursery: DeadlineNursery | undefined;
  private readonly readsClock: boolean;
  /** True if it matters later when an attempt began: a fraction costs every permit an object of its own. */
  private readonly keepsStart: boolean;
  private readonly parts: PipelineParts;
  private readonly clock: Clock;

  constructor(private readonly pipeline: CallRunner) {
    const { parts, limits } = pipeline;
    this.parts = parts;
    this.clock = parts.tools.clock;
    const { attempt } = limits;
    this.limit = attempt;
    this.nursery = attempt === Infinity ? undefined : parts.tools.deadlines.newNursery(attempt);
    const isAdaptive = parts.bulkheads !== undefined && parts.bulkheads.plan.options.adaptive !== false;
    this.keepsStart = isAdaptive || readsClock(parts);
    const isTimed = attempt !== Infinity && this.nursery === undefined;
    this.readsClock = this.keepsStart || isTimed;
  }

  run(method: Method, self: unknown, args: unknown[]): Promise<unknown> {
    this.pipeline.budget?.countCall();
    return this.limit === Infinity ? this.runFreely(method, self, args) : this.runTimed(method, self, args);
  }

  private runFreely(method: Method, self: unknown, args: unknown[]): Promise<unknown> {
    const permit = this.permit(args, this.readsClock ? this.clock.now() : 0);
    if (permit === undefined) return this.runFully(method, self, args);
    return start(method, self, args).then(
      (value: unknown) => {
        permit.succeeded();
        return value;
      },
      (error: unknown) => this.failed({ permit, method, self, args }, error),
    );
  }

  private runTimed(method: Method, self: unknown, args: unknown[]): Promise<unknown> {
    const now = this.readsClock ? this.clock.now() : 0;
    // who can abort is listened to while a time limit is kept
    const permit = bringsSignal(args) ? undefined : this.permit(args, now);
    if (permit === undefined) return this.runFully(method, self, args);
    const promise = start(method, self, args);
    const attempt = new TimedAttempt(permit, method, self, args);
    if (this.nursery) this.nursery.add(attempt);
    else this.parts.tools.deadlines.of(this.limit).insert(attempt, now);
    return attempt.race(promise, this.followUp);
  }

  private runFully(method: Method, self: unknown, args: unknown[]): Promise<unknown> {
    const { pipeline } = this;
    return pipeline.run(pipeline.newCall(pipeline.taskOf(method, self, args)));
  }

  private readonly followUp: FollowUp = (made, failed) =>
    this.failed(made, failed ? failed.error : timedOut(this.pipeline, 1));

  private permit(args: unknown[], now: number): Permit | undefined {
    const permit = quickPermit(this.parts, { args });
    if (permit && this.keepsStart) permit.startedAt = now;
    return permit;
  }

  private async failed({ method, self, args, permit }: Made, error: unknown): Promise<unknown> {
    return this.pipeline.failed(this.pipeline.taskOf(method, self, args), permit, error);
  }
}

function start(method: Method, self: unknown, args: unknown[]): Promise<unknown> {
  try {
    const running = method.apply(self, args);
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
