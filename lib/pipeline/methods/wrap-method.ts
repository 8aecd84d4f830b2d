import type { Circuit } from '../../strategies/circuit-breaker/circuit.js';
import { REFUSED } from '../../strategies/circuit-breaker/circuit-state.js';
import { Permit } from '../guards/permit.js';
import type { PipelineParts } from '../pipeline-parts.js';
import type { Method, Operation } from '../operation.js';

/** What calls of a decorated method go to. */
export interface MethodHandler {
  /** What they need if that is the method and a circuit around it, and nothing else. */
  readonly plain?: PlainCalls | undefined;
  invoke(method: Method, self: unknown, args: unknown[]): unknown;
}

/** What runs, on what and with what: all that is known of a plain call. */
export type PlainTask = Pick<Operation, 'method' | 'self' | 'args'>;

/** The pipeline, as far as plain calls need it. */
export interface PlainCalls {
  readonly circuits: PipelineParts['circuits'];
  /** Counts a call; when it began, or 0 where that does not matter. */
  begin(): number;
  taskOf(method: Method, self: unknown, args: readonly unknown[]): Operation;
  /** After a first attempt that the circuit did not let through. */
  refused(circuit: Circuit, startedAt: number, task: PlainTask): Promise<unknown>;
  /** After a first attempt that failed. */
  failed(task: Operation, permit: Permit, error: unknown): Promise<unknown>;
}

/**
 * The function that stands in the place of a decorated method. The success path of a plain pipeline allocates two
 * closures and one promise, and reads no clock.
 *
 * One function, and the only frame between a caller and the method: whatever the method throws captures them all, and
 * each costs a failing call more than the decision whether to try again. It is kept so short that engines put it into
 * its callers; `method.apply` costs more than a call with as many arguments as most methods have.
 *
 * @param entryOf - what calls on an instance go to; undefined where it is not protected
 */
// eslint-disable-next-line max-lines-per-function
export function wrapMethod(method: Method, entryOf: (self: unknown) => MethodHandler | undefined): Method {
  // eslint-disable-next-line complexity, max-lines-per-function
  return function (this: unknown, ...args: unknown[]): unknown {
    const entry = entryOf(this);
    if (entry === undefined) return method.apply(this, args);
    const { plain } = entry;
    if (plain === undefined) return entry.invoke(method, this, args);
    const startedAt = plain.begin();
    let circuit: Circuit | undefined;
    let permit = REFUSED;
    let running: unknown;
    try {
      circuit = plain.circuits?.forCall(args);
      permit = circuit ? circuit.admit() : 0;
      if (circuit && permit === REFUSED)
        return plain.refused(circuit, startedAt, { method, self: this, args });
      switch (args.length) {
        case 0:
          running = method.call(this);
          break;
        case 1:
          running = method.call(this, args[0]);
          break;
        case 2:
          running = method.call(this, args[0], args[1]);
          break;
        default:
          running = method.apply(this, args);
      }
    } catch (error) {
      running = Promise.reject(error);
    }
    const promise = running instanceof Promise ? running : Promise.resolve(running);
    {
      // closures hold the variables of the blocks they name: those of this one are only made here
      // eslint-disable-next-line @typescript-eslint/no-this-alias
      const self = this;
      const calls = plain;
      const given = args;
      const guard = circuit;
      const number = permit;
      const since = startedAt;
      return promise.then(
        guard &&
          ((value: unknown) => {
            guard.succeed(number, since);
            return value;
          }),
        (error: unknown) =>
          calls.failed(calls.taskOf(method, self, given), new Permit(guard, number, undefined, since), error),
      );
    }
  };
}
