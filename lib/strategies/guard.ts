import type { Waiter } from './linked-list.js';

/** Answered by {@link Guard.acquire} instead of a permit: the attempt must not run. */
export const REFUSED = -1;

/** Answered by {@link Guard.acquire} instead of a permit: the attempt may run once its turn has come. */
export const MUST_WAIT = -2;

/** The strategies that refuse calls. @public */
export type RejectingStrategy = 'circuit' | 'bulkhead' | 'rateLimit';

/**
 * One state that an attempt has to pass, such as a circuit: asked before the attempt, told its outcome after it. A guard
 * decides synchronously; it never waits and owns no timer. The engine asks all guards of a pipeline in their order.
 */
export abstract class Guard {
  abstract readonly name: string;
  /** The strategy whose state it is. */
  abstract readonly strategy: RejectingStrategy;
  /** The key of the state, if it has one. */
  declare readonly key?: string | undefined;

  /** True if a call that has waited for another guard asks this one again before its body runs. */
  get isAskedAgain(): boolean {
    return false;
  }

  /** True if something may hold a permit on once its attempt is over, such as a body that is still being read. */
  get isHeldOn(): boolean {
    return false;
  }

  /** True if it matters to the guard when an attempt began. */
  get isTimed(): boolean {
    return false;
  }

  /** A permit of 0 or more, {@link REFUSED}, or {@link MUST_WAIT}. */
  abstract acquire(): number;

  /** Makes the error of a refused call; counts the refusal and notifies the listeners. */
  abstract refuse(cause: unknown): Error;

  /** The attempt succeeded. */
  succeed(_permit: number, _startedAt: number): void {
    // most guards need no more than a permit that comes back
  }

  /** The attempt failed. */
  fail(_permit: number, _error: unknown, _startedAt: number): void {
    // as above
  }

  /** Takes a permit back; nothing is counted. */
  release(_permit: number): void {
    // as above
  }

  /** Takes a permit back whose attempt did not run. */
  cancel(permit: number): void {
    this.release(permit);
  }

  /** A stream has yielded its first value; true if the guard counts that as the outcome of the attempt. */
  answer(_permit: number, _startedAt: number): boolean {
    return false;
  }

  /** True if an attempt made `delay` milliseconds from now would surely be refused. */
  willRefuseAfter(_delay: number): boolean {
    return false;
  }

  /** Milliseconds until {@link willRefuseAfter} may change its answer; undefined if that is not known. */
  get retryAfter(): number | undefined {
    return undefined;
  }

  /** The longest wait in the queue, in milliseconds; it is the engine that keeps it. */
  get maxQueueWait(): number {
    return Infinity;
  }

  /** Joins the queue after {@link MUST_WAIT}; false if there is no room. On its turn the waiter holds permit 0. */
  enqueue(_waiter: Waiter, _now: number): boolean {
    return false;
  }

  /** Leaves the queue; false if the waiter's turn has come before. */
  dequeue(_waiter: Waiter): boolean {
    return false;
  }
}

/** The guards of one name: a single one, or one per key. */
export interface GuardFamily {
  readonly name: string;
  /** True once the application has let go of these guards: a pipeline that is kept for later use is made anew. */
  readonly isDropped: boolean;
  /** True if nothing is lost by dropping these guards. */
  readonly isIdle: boolean;
  /** True if its guards are found by the arguments of a call, also where the call brings a key for the others. */
  readonly isFoundByArguments?: boolean;
  /** The guard for a call with these arguments; a user's `key` function may throw. */
  forCall(args: readonly unknown[]): Guard;
  /** The guard of a key. */
  forKey(key: string): Guard;
}
