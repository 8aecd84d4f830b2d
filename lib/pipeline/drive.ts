import { announceInterruption } from './announce.js';
import type { Call } from './call.js';
import { decideNext } from './decide-next.js';
import type { Interruption, Outcome } from './outcome.js';
import { pause } from './pause.js';
import { admit } from './permit.js';
import type { Permit } from './permit.js';
import type { Task } from './task.js';
import type { PipelineParts } from './pipeline-parts.js';
import { race } from './race.js';

/** Makes attempts until one is good enough or none may follow; `first` is an attempt that was made already. */
export function drive(call: Call, parts: PipelineParts, first?: Outcome): Promise<unknown> {
  return call.isUnbounded ? makeAttempts(call, parts, first) : driveBounded(call, parts, first);
}

async function driveBounded(call: Call, parts: PipelineParts, first?: Outcome): Promise<unknown> {
  call.open();
  try {
    return await makeAttempts(call, parts, first);
  } finally {
    call.close();
  }
}

/**
 * An attempt that nothing can end is awaited right here: an error captures every frame between where it is
 * thrown and its caller, and that costs more than everything else that a retry does.
 */
async function makeAttempts(call: Call, parts: PipelineParts, first?: Outcome): Promise<unknown> {
  const { isUnbounded, task } = call;
  for (let outcome = first; ;) {
    if (outcome) {
      const next = decideNext(call, parts, outcome);
      if ('end' in next) return resultOf(next.end);
      // even without a wait: a stack that is empty but for this loop is what the next error captures
      await pause(call, next.delay, parts.tools);
    }
    if (call.interruption) return resultOf(interrupted(call, parts, call.interruption));
    const permit = task.holdBack ? await admitLater(call, parts, task.holdBack) : admit(call, parts);
    if ('kind' in permit) outcome = permit;
    else if (!isUnbounded) outcome = await race(call, parts, permit);
    else {
      try {
        outcome = permit.succeed(await task.method.apply(task.self, task.args as unknown[]));
      } catch (error) {
        outcome = permit.fail(error);
      }
    }
  }
}

/** Asks the guards once nothing holds the task back any more. */
async function admitLater(
  call: Call,
  parts: PipelineParts,
  holdBack: NonNullable<Task['holdBack']>,
): Promise<Permit | Outcome> {
  try {
    for (;;) {
      const delay = holdBack(call.timeLeft);
      if (delay <= 0) return admit(call, parts);
      await pause(call, delay, parts.tools);
      if (call.interruption) return interrupted(call, parts, call.interruption);
    }
  } catch (error) {
    return { kind: 'refused', error };
  }
}

function resultOf(outcome: Outcome): unknown {
  if (outcome.kind === 'value') return outcome.value;
  throw outcome.error;
}

/** A call that was ended while it did not run. On shutdown it gets the error that it waits to see mended. */
function interrupted(call: Call, parts: PipelineParts, interruption: Interruption): Outcome {
  announceInterruption(call, parts, interruption);
  const { by, error } = interruption;
  return { kind: 'interrupted', error: by === 'shutdown' && call.hasFailed ? call.lastError : error };
}
