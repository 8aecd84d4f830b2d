import { LONGEST_DELAY } from '../../clock/timers.js';
import { countRetryAtOnce, nextTurn } from '../../clock/turns.js';
import type { Execution } from '../execution.js';
import type { PipelineDeps } from '../pipeline-deps.js';

/** After so many retries in a row without a wait, timers and aborts get a turn of the event loop. */
const TURN_AFTER = 16;

/** Waits before the next attempt; an interruption of the call ends the wait at once. */
export function pause(execution: Execution, delay: number, deps: PipelineDeps): Promise<void> | undefined {
  if (delay > 0) return sleep(execution, delay, deps);
  countRetryAtOnce();
  return ++execution.immediateRetries % TURN_AFTER === 0 ? nextTurn().then(countRetryAtOnce) : undefined;
}

function sleep(execution: Execution, delay: number, { clock }: PipelineDeps): Promise<void> {
  return new Promise((resolve) => {
    const due = clock.now() + delay;
    const finish = () => {
      execution.onInterrupt = undefined;
      clock.clearTimeout(timer);
      stopWaiting();
      resolve();
    };
    const wakeAfter = (ms: number) => clock.setTimeout(wake, Math.min(ms, LONGEST_DELAY));
    const wake = () => {
      // Node's timers count whole milliseconds and may be a fraction early: a server's delay is kept exactly
      const left = due - clock.now();
      if (left > 0) timer = wakeAfter(left);
      else finish();
    };
    let timer = wakeAfter(delay);
    const stopWaiting = execution.beginWait();
    execution.onInterrupt = finish;
    if (execution.interruption) finish();
  });
}
