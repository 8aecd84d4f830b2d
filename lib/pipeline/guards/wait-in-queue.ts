import { ShutdownException } from '../../exceptions/rejection.exceptions.js';
import { Waiter } from '../../strategies/linked-list.js';
import type { Call } from '../execution.js';
import type { Interruption, InterruptTarget } from '../outcome.js';
import type { PipelineDeps } from '../pipeline-deps.js';

/** Where a call can wait for its turn: a bulkhead or a rate limit. */
export interface Line {
  /** False if there is no room. */
  queue(waiter: Waiter, now: number): boolean;
  /** False if it was the waiter's turn before. */
  giveUp(waiter: Waiter): boolean;
}

/** What came first: its turn, the end of its patience, or the end of the call. */
export type EndOfWait = 'turn' | 'refused' | Interruption;

/** Waits in a line; whoever is interrupted or has waited for too long leaves it, and the others move up. */
export function waitInQueue(
  { call, seat, tools }: { call: Call; seat: InterruptTarget; tools: PipelineDeps },
  line: Line,
  maxWait = Infinity,
): Promise<EndOfWait> {
  return new Promise((resolve) => {
    const end = (how: EndOfWait) => {
      seat.onInterrupt = undefined;
      patience?.cancelDeadline();
      if (call.isUnbounded) call.close();
      resolve(how);
    };
    const leave = (how: EndOfWait) => line.giveUp(waiter) && end(how);
    const waiter = new Waiter(() => end('turn'));
    const patience =
      maxWait === Infinity ? undefined : tools.deadlines.of(maxWait).add(() => leave('refused'));
    seat.onInterrupt = leave;
    // nobody waits in an application that closes
    if (tools.lifetime.isEnding) end({ by: 'shutdown', error: new ShutdownException() });
    else if (!line.queue(waiter, tools.clock.now())) end('refused');
    else if (call.isUnbounded) call.open();
  });
}
