import type { Circuit } from '../strategies/circuit-breaker/circuit.js';
import { REFUSED } from '../strategies/circuit-breaker/circuit-state.js';
import type { CallLimits } from './call.js';
import { Call } from './call.js';
import { findCallerSignal } from './caller-signal.js';
import { drive } from './drive.js';
import { driveNested } from './nesting.js';
import type { Outcome } from './outcome.js';
import type { PipelineParts } from './pipeline-parts.js';
import type { Method, Task } from './task.js';

/**
 * A policy compiled for one method, client or function: it runs calls through its strategies in the one fixed
 * order. Strategies decide; only the pipeline waits.
 */
export class Pipeline {
  private readonly limits: CallLimits;
  /** True if a first attempt needs no limit kept while it runs: then it is the method and nothing around it. */
  private readonly isPlain: boolean;
  private readonly readsClock: boolean;

  /** @param attemptAt - which argument of the method is to be its `AttemptContext`, if one is */
  constructor(
    readonly parts: PipelineParts,
    private readonly attemptAt?: number,
  ) {
    const { timeout, retry, circuits } = parts;
    const { attempt = Infinity, total = Infinity } = timeout ?? {};
    const maxElapsed = retry?.options.maxElapsed ?? Infinity;
    this.limits = { name: parts.name, attempt, total, maxElapsed };
    const isUnbounded = Math.min(attempt, total) === Infinity;
    this.isPlain = isUnbounded && attemptAt === undefined && isSimple(parts);
    this.readsClock =
      maxElapsed !== Infinity || (circuits !== undefined && circuits.plan.slowFrom !== Infinity);
  }

  /** Runs a method. The success path allocates two closures and one promise, and reads no clock. */
  invoke(method: Method, self: unknown, args: unknown[]): Promise<unknown> {
    if (!this.isPlain) return this.execute(this.taskOf(method, self, args));
    const { retry, circuits, tools } = this.parts;
    retry?.countCall();
    const startedAt = this.readsClock ? tools.clock.now() : 0;
    let circuit: Circuit | undefined;
    let permit = REFUSED;
    let running: unknown;
    try {
      circuit = circuits?.forCall(args);
      permit = circuit ? circuit.admit() : 0;
      if (circuit && permit === REFUSED)
        return this.refused(circuit, startedAt, () => this.taskOf(method, self, args));
      running = method.apply(self, args);
    } catch (error) {
      running = Promise.reject(error);
    }
    const promise = running instanceof Promise ? running : Promise.resolve(running);
    return promise.then(
      circuit &&
        ((value: unknown) => {
          circuit.succeed(permit, startedAt);
          return value;
        }),
      (error: unknown) => {
        const task = this.taskOf(method, self, args);
        if (circuit && task.signal?.aborted) circuit.release(permit);
        else circuit?.fail(permit, error, startedAt);
        return this.goOn(task, circuit, startedAt, { kind: 'failed', error });
      },
    );
  }

  /** Runs a task with everything a pipeline has: limits, signals, attempts that know their number. */
  execute(task: Task): Promise<unknown> {
    const { parts, limits } = this;
    const { clock, surroundings } = parts.tools;
    parts.retry?.countCall();
    if (surroundings) return driveNested(surroundings, { task, limits, parts });
    return drive(new Call(task, limits, parts.tools, clock.now()), parts);
  }

  private taskOf(method: Method, self: unknown, args: unknown[]): Task {
    return { method, self, args, attemptAt: this.attemptAt, signal: findCallerSignal(args) };
  }

  private refused(circuit: Circuit, startedAt: number, task: () => Task): Promise<unknown> {
    const first: Outcome = { kind: 'refused', error: circuit.refuse(undefined) };
    if (!this.looksAt(first)) return rejectSoon(first.error);
    return DONE.then(() => this.goOn(task(), circuit, startedAt, first));
  }

  /** True if an outcome may be repeated, or somebody wants to hear why it is not. */
  private looksAt({ kind }: Outcome): boolean {
    const { retry, tools } = this.parts;
    if (!retry) return false;
    return kind !== 'refused' || retry.mayRepeatRefusals || tools.events.isObserved('retry.suppressed');
  }

  /** After a plain first attempt that did not succeed. */
  private goOn(
    task: Task,
    circuit: Circuit | undefined,
    startedAt: number,
    first: Outcome,
  ): Promise<unknown> {
    const { parts } = this;
    if ('error' in first && !this.looksAt(first)) throw first.error;
    const call = new Call(task, this.limits, parts.tools, startedAt);
    call.attempt = 1;
    call.circuit = circuit;
    return drive(call, parts, first);
  }
}

/** True if neither the result nor what happens within the method is looked at. */
function isSimple({ retry, tools }: PipelineParts): boolean {
  return !retry?.options.retryOnResult && !tools.surroundings;
}

const DONE = Promise.resolve();

/** A promise that is rejected from birth, or by a `throw`, costs several times as much as one that waits for a microtask. */
function rejectSoon(error: unknown): Promise<never> {
  return new Promise((_, reject) => void DONE.then(() => reject(error)));
}
