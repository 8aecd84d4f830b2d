import type { Guard } from '../../strategies/guard.js';
import { Waiter } from '../../strategies/linked-list.js';
import type { Execution } from '../execution.js';
import type { Interruption, InterruptTarget } from '../outcome.js';
import type { PipelineDeps } from '../pipeline-deps.js';

/** The end of a wait: its turn, the end of its patience, or the end of the call. */
export type EndOfWait = 'turn' | 'refused' | Interruption;

/** A call that waits, and the place where it is interrupted. */
export interface WaitingCall {
  readonly execution: Execution;
  readonly target: InterruptTarget;
  readonly deps: PipelineDeps;
  /** True if the call goes on at another destination, which is no retry. */
  readonly isFailover?: boolean | undefined;
}

/**
 * Waits in the queue of a guard. A call that is interrupted, or has waited for too long, leaves it, and the others move up. The
 * guard's turn settles a promise of this call, which goes on in its own async context.
 */
export function waitInQueue(
  { execution, target, deps, isFailover }: WaitingCall,
  guard: Guard,
): Promise<EndOfWait> {
  return new Promise((resolve) => {
    const end = (how: EndOfWait) => {
      target.onInterrupt = undefined;
      patience?.cancelDeadline();
      stopWaiting();
      resolve(how);
    };
    const leave = (how: EndOfWait) => guard.dequeue(waiter) && end(how);
    const waiter = new Waiter(() => end('turn'));
    const { maxQueueWait } = guard;
    const patience =
      maxQueueWait === Infinity ? undefined : deps.deadlines.of(maxQueueWait).add(() => leave('refused'));
    target.onInterrupt = leave;
    const stopWaiting = execution.beginWait(isFailover);
    if (target.interruption) end(target.interruption);
    else if (!guard.enqueue(waiter, deps.clock.now())) end('refused');
  });
}
