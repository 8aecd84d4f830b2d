import type { FirstAttempt } from '../first-attempt.js';
import type { Method } from '../operation.js';

/** The way in which a method was decorated. */
export interface MethodTraits {
  /** The method was decorated with its class, and may be synchronous. */
  readonly isOfClass: boolean;
}

/** The part of an application that runs the calls of one decorated method. */
export interface MethodHandler {
  /** Set if the wrapper of the method can run the body of first attempts itself. */
  readonly firstRun: FirstRun | undefined;
  /** Runs a call without a first attempt of the wrapper. */
  invoke(method: Method, self: unknown, args: unknown[]): unknown;
}

/** First attempts whose body the wrapper runs, so that one frame of the library stands between a caller and its method. */
export interface FirstRun {
  /** Asks the guards; undefined where this call needs more from the start. */
  begin(method: Method, self: unknown, args: readonly unknown[]): FirstAttempt | undefined;
  /** Goes on where the body must not run now. */
  goAround(first: FirstAttempt): unknown;
  /** Follows the body, which has run. */
  follow(first: FirstAttempt, result: unknown): unknown;
  /** Follows a body that has thrown instead of returning a promise. */
  followThrow(first: FirstAttempt, error: unknown): unknown;
}

/**
 * Makes the function that takes the place of a decorated method: the only frame of the library between a caller and the body.
 * An error captures every frame, and each costs a failing call more than the decision about a retry. `method.apply` costs more
 * than a call with as many arguments as most methods have.
 *
 * @param handlerOf - the handler of calls on an instance; undefined where it is not protected
 */
export function wrapMethod(method: Method, handlerOf: (self: unknown) => MethodHandler | undefined): Method {
  return function (this: unknown, ...args: unknown[]): unknown {
    const handler = handlerOf(this);
    if (handler === undefined) return method.apply(this, args);
    const { firstRun } = handler;
    const first = firstRun?.begin(method, this, args);
    if (firstRun === undefined || first === undefined) return handler.invoke(method, this, args);
    if (first.obstacle !== undefined) return firstRun.goAround(first);
    let result: unknown;
    try {
      switch (args.length) {
        case 0:
          result = method.call(this);
          break;
        case 1:
          result = method.call(this, args[0]);
          break;
        case 2:
          result = method.call(this, args[0], args[1]);
          break;
        default:
          result = method.apply(this, args);
      }
    } catch (error) {
      return firstRun.followThrow(first, error);
    }
    return firstRun.follow(first, result);
  };
}
