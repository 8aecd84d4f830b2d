import type { Circuit } from '../strategies/circuit-breaker/circuit.js';
import { REFUSED } from '../strategies/circuit-breaker/circuit-state.js';
import type { CallLimits } from './call.js';
import { Call } from './call.js';
import { findCallerSignal } from './caller-signal.js';
import { drive } from './drive.js';
import type { PipelineParts } from './pipeline-parts.js';
import type { Task } from './task.js';

type Method = (this: unknown, ...args: unknown[]) => unknown;

/**
 * A policy compiled for one method, client or function: it runs calls through its strategies in the one fixed
 * order. Strategies decide; only the pipeline waits.
 */
export class Pipeline {
  private readonly limits: CallLimits;
  /** True if a first attempt needs no limit kept while it runs: then it is the method and nothing around it. */
  private readonly isPlain: boolean;
  private readonly readsClock: boolean;

  constructor(readonly parts: PipelineParts) {
    const { timeout, retry, circuits } = parts;
    const total = timeout?.total ?? Infinity;
    const maxElapsed = retry?.options.maxElapsed ?? Infinity;
    this.limits = { name: parts.name, total, maxElapsed };
    this.isPlain = timeout?.attempt === undefined && total === Infinity && !retry?.options.retryOnResult;
    this.readsClock =
      maxElapsed !== Infinity || (circuits !== undefined && circuits.plan.slowFrom !== Infinity);
  }

  /** Runs a method. The success path allocates two closures and one promise, and reads no clock. */
  invoke(method: Method, self: unknown, args: unknown[]): Promise<unknown> {
    if (!this.isPlain)
      return this.execute({ run: () => method.apply(self, args), args, signal: findCallerSignal(args) });
    this.parts.retry?.countCall();
    const startedAt = this.readsClock ? this.parts.tools.clock.now() : 0;
    const task = () => this.taskOf(method, self, args);
    let circuit: Circuit | undefined;
    let permit = REFUSED;
    let running: unknown;
    try {
      circuit = this.parts.circuits?.forCall(args);
      permit = circuit ? circuit.admit() : 0;
      if (circuit && permit === REFUSED) return this.refused(circuit, task, startedAt);
      running = method.apply(self, args);
    } catch (error) {
      running = Promise.reject(error);
    }
    const promise = running instanceof Promise ? running : Promise.resolve(running);
    return promise.then(
      (value) => {
        circuit?.succeed(permit, startedAt);
        return value as unknown;
      },
      (error: unknown) => this.recover({ task, circuit, permit, startedAt, error }),
    );
  }

  /** Runs a task with everything a pipeline has: limits, signals, attempts that know their number. */
  execute(task: Task): Promise<unknown> {
    this.parts.retry?.countCall();
    return drive(this.newCall(task, this.parts.tools.clock.now()), this.parts);
  }

  private taskOf(method: Method, self: unknown, args: unknown[]): Task {
    return { run: () => method.apply(self, args), args, signal: findCallerSignal(args) };
  }

  private newCall(task: Task, startedAt: number): Call {
    return new Call(task, this.limits, this.parts.tools, startedAt);
  }

  private refused(circuit: Circuit, task: () => Task, startedAt: number): Promise<unknown> {
    const error = circuit.refuse(undefined);
    // a microtask later: a promise that is rejected from birth costs ten times as much
    return Promise.resolve().then(() => this.goOn({ task, circuit, startedAt, error }, 'refused'));
  }

  private recover(failed: FailedCall & { permit: number }): Promise<unknown> {
    const { circuit, permit, startedAt, error } = failed;
    if (circuit) {
      if (failed.task().signal?.aborted) circuit.release(permit);
      else circuit.fail(permit, error, startedAt);
    }
    return this.goOn(failed, 'failed');
  }

  private goOn(
    { task, circuit, startedAt, error }: FailedCall,
    kind: 'failed' | 'refused',
  ): Promise<unknown> {
    if (!this.parts.retry) throw error;
    const call = this.newCall(task(), startedAt);
    call.attempt = 1;
    call.circuit = circuit;
    return drive(call, this.parts, { kind, error });
  }
}

/** A plain first attempt that did not succeed. */
interface FailedCall {
  readonly task: () => Task;
  readonly circuit: Circuit | undefined;
  readonly startedAt: number;
  readonly error: unknown;
}
