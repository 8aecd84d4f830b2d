import type { Circuit } from '../strategies/circuit-breaker/circuit.js';
import { REFUSED } from '../strategies/circuit-breaker/circuit-state.js';
import { Permit } from './permit.js';
import type { Method, MethodEntry } from './task.js';

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
    const { budget, circuits } = plain;
    budget?.countCall();
    const startedAt = plain.readsClock ? plain.parts.tools.clock.now() : 0;
    let circuit: Circuit | undefined;
    let permit = REFUSED;
    let running: unknown;
    try {
      circuit = circuits?.forCall(args);
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
