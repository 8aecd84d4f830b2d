import { TimeoutException } from '../exceptions/rejection.exceptions.js';
import { announceTimeout } from './announce.js';
import { findCallerSignal } from './caller-signal.js';
import type { Call, CallLimits } from './call.js';
import type { Circuit } from '../strategies/circuit-breaker/circuit.js';
import type { DeadlineQueue } from './deadline-queue.js';
import type { Outcome } from './outcome.js';
import type { Permit } from './permit.js';
import type { PipelineParts } from './pipeline-parts.js';
import { readsClock } from './pipeline-shape.js';
import { quickPermit } from './quick-permit.js';
import type { Method, Task } from './task.js';
import { TimedAttempt } from './timed-attempt.js';

/** The pipeline, as far as quick calls need it. */
interface CallRunner {
  readonly parts: PipelineParts;
  readonly limits: CallLimits;
  taskOf(method: Method, self: unknown, args: readonly unknown[]): Task;
  newCall(task: Task): Call;
  run(call: Call): Promise<unknown>;
  goOn(task: Task, circuit: Circuit | undefined, startedAt: number, first: Outcome): Promise<unknown>;
}

/**
 * First attempts that need a permit or a time limit, but nobody to end them and no signal: admitted at once, or left
 * to the call that can wait.
 */
export class QuickCalls {
  private readonly deadlines: DeadlineQueue | undefined;
  private readonly readsClock: boolean;

  constructor(private readonly pipeline: CallRunner) {
    const { parts, limits } = pipeline;
    const { attempt } = limits;
    this.deadlines = attempt === Infinity ? undefined : parts.tools.deadlines.of(attempt);
    const isAdaptive = parts.bulkheads !== undefined && parts.bulkheads.plan.options.adaptive !== false;
    const isTimed = this.deadlines !== undefined || parts.rateLimits !== undefined || isAdaptive;
    this.readsClock = isTimed || readsClock(parts);
  }

  run(method: Method, self: unknown, args: unknown[]): Promise<unknown> {
    const { pipeline, deadlines } = this;
    const now = this.readsClock ? pipeline.parts.tools.clock.now() : 0;
    // who can abort is listened to while a time limit is kept
    const permit = deadlines && bringsSignal(args) ? undefined : this.permit(args, now);
    if (!permit) return pipeline.run(pipeline.newCall(pipeline.taskOf(method, self, args)));
    const running = start(method, self, args);
    const failed = (error: unknown) => this.failed(permit, { method, self, args, now }, error);
    if (deadlines) {
      const attempt = new TimedAttempt(permit, ({ error, isTimeout }) =>
        failed(isTimeout ? this.timedOut() : error),
      );
      deadlines.insert(attempt, now);
      return attempt.race(running);
    }
    return running.then((value) => {
      permit.succeeded();
      return value;
    }, failed);
  }

  private permit(args: unknown[], now: number): Permit | undefined {
    try {
      return quickPermit(this.pipeline.parts, args, now);
    } catch {
      // a user's key function: the call that can wait tells of it in its own way
      return undefined;
    }
  }

  private async failed(permit: Permit, made: Made, error: unknown): Promise<unknown> {
    const task = this.pipeline.taskOf(made.method, made.self, made.args);
    if (task.signal?.aborted) permit.release();
    else permit.failed(error);
    return this.pipeline.goOn(task, permit.circuit, made.now, { kind: 'failed', error });
  }

  private timedOut(): TimeoutException {
    const { limits, parts } = this.pipeline;
    const { attempt: timeout, name } = limits;
    announceTimeout(parts, { scope: 'attempt', timeout, attempt: 1 });
    return new TimeoutException({ scope: 'attempt', timeout, name });
  }
}

/** A call that has been made. */
interface Made {
  readonly method: Method;
  readonly self: unknown;
  readonly args: unknown[];
  readonly now: number;
}

function start(method: Method, self: unknown, args: unknown[]): Promise<unknown> {
  try {
    const running = method.apply(self, args);
    return running instanceof Promise ? running : Promise.resolve(running);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** Most calls have no object among their arguments, and are not searched. */
function bringsSignal(args: readonly unknown[]): boolean {
  for (const value of args) {
    if (typeof value === 'object' && value !== null) return findCallerSignal(args) !== undefined;
  }
  return false;
}
