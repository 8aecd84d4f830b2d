import type { Circuit } from '../strategies/circuit-breaker/circuit.js';
import { REFUSED } from '../strategies/circuit-breaker/circuit-state.js';
import type { RetryBudget } from '../strategies/retry/retry-budget.js';
import { Permit } from './permit.js';
import type { PipelineParts } from './pipeline-parts.js';
import type { Method, Task } from './task.js';

/** What calls of a decorated method go to. */
export interface MethodEntry {
  /** What they need if that is the method and a circuit around it, and nothing else. */
  readonly plain?: PlainCalls | undefined;
  invoke(method: Method, self: unknown, args: unknown[]): unknown;
}

/** The pipeline, as far as plain calls need it. */
export interface PlainCalls {
  readonly parts: PipelineParts;
  /** Counts each call when it begins. */
  readonly budget: RetryBudget | undefined;
  /** True if it matters when a call began. */
  readonly readsClock: boolean;
  taskOf(method: Method, self: unknown, args: readonly unknown[]): Task;
  /** After a first attempt that the circuit did not let through. */
  refused(circuit: Circuit, startedAt: number, task: () => Task): Promise<unknown>;
  /** After a first attempt that failed. */
  failed(task: Task, permit: Permit, error: unknown): Promise<unknown>;
}

/**
 * The function that stands in the place of a decorated method. The success path of a plain pipeline allocates two
 * closures and one promise, and reads no clock.
 *
 * One function, and the only frame between a caller and the method: whatever the method throws captures them all, and
 * each costs a failing call more than the decision whether to try again.
 *
 * @param entryOf - what calls on an instance go to; undefined where it is not protected
 */
// eslint-disable-next-line max-lines-per-function
export function standIn(method: Method, entryOf: (self: unknown) => MethodEntry | undefined): Method {
  // eslint-disable-next-line complexity
  return function (this: unknown, ...args: unknown[]): unknown {
    const entry = entryOf(this);
    if (entry === undefined) return method.apply(this, args);
    const { plain } = entry;
    if (plain === undefined) return entry.invoke(method, this, args);
    const { budget, parts } = plain;
    budget?.countCall();
    const startedAt = plain.readsClock ? parts.tools.clock.now() : 0;
    let circuit: Circuit | undefined;
    let permit = REFUSED;
    let running: unknown;
    try {
      circuit = parts.circuits?.forCall(args);
      permit = circuit ? circuit.admit() : 0;
      if (circuit && permit === REFUSED)
        return plain.refused(circuit, startedAt, () => plain.taskOf(method, this, args));
      running = method.apply(this, args);
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
      (error: unknown) =>
        plain.failed(
          plain.taskOf(method, this, args),
          new Permit(circuit, permit, undefined, startedAt),
          error,
        ),
    );
  };
}
