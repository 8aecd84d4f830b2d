import { LONGEST_DELAY } from '../clock/timers.js';
import { countRetryAtOnce, nextTurn } from '../clock/turns.js';
import type { Call } from './call.js';
import type { PipelineTools } from './pipeline-tools.js';

/** After so many retries in a row without a wait, timers and aborts get a turn of the event loop. */
const TURN_AFTER = 16;

/** Waits before the next attempt; an interruption of the call ends the wait at once. */
export function pause(call: Call, delay: number, tools: PipelineTools): Promise<void> | undefined {
  if (delay > 0) return sleep(call, delay, tools);
  countRetryAtOnce();
  return ++call.immediateRetries % TURN_AFTER === 0 ? nextTurn().then(countRetryAtOnce) : undefined;
}

function sleep(call: Call, delay: number, { clock }: PipelineTools): Promise<void> {
  // an unbounded attempt cannot be ended from outside: only its waits listen
  if (call.isUnbounded) call.open();
  return new Promise((resolve) => {
    const due = clock.now() + delay;
    const finish = () => {
      call.onInterrupt = undefined;
      clock.clearTimeout(timer);
      if (call.isUnbounded) call.close();
      resolve();
    };
    const wakeAfter = (ms: number) => clock.setTimeout(wake, Math.min(ms, LONGEST_DELAY));
    const wake = () => {
      // Node's timers count whole milliseconds and may be a fraction early: a server's delay is kept exactly
      const left = due - clock.now();
      if (left > 0) timer = wakeAfter(left);
      else finish();
    };
    call.onInterrupt = finish;
    let timer = wakeAfter(delay);
  });
}
