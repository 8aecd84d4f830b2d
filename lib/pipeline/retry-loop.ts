import { admit } from './acquire.js';
import { announceInterruption } from './notify.js';
import type { Call } from './execution.js';
import { decideNext } from './decide-next.js';
import { hedgedAttempt } from './attempt/hedged-attempt.js';
import type { Interruption, Outcome } from './outcome.js';
import { pause } from './attempt/pause.js';
import { Permit } from './guards/permit.js';
import type { PipelineParts } from './pipeline-parts.js';
import { race } from './attempt/run-attempt.js';
import type { Operation } from './operation.js';

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
// one function, because each frame costs
// eslint-disable-next-line complexity
async function makeAttempts(call: Call, parts: PipelineParts, first?: Outcome): Promise<unknown> {
  const { task } = call;
  for (let outcome = first; ;) {
    if (outcome) {
      const end = decideNext(call, parts, outcome);
      if (end) return resultOf(end);
      const wait = pause(call, call.previousDelay ?? 0, parts.tools);
      // also without a wait, at first: an error captures the stack, which is empty then but for this loop
      if (wait || outcome === first) await wait;
    }
    if (task.holdBack) outcome = await heldBack(call, parts, task.holdBack);
    if (call.interruption) return resultOf(interrupted(call, parts, call.interruption));
    if (task.holdBack && outcome?.kind === 'refused') continue;
    call.round++;
    if (parts.hedge) {
      outcome = await hedgedAttempt(call, parts, parts.hedge);
      continue;
    }
    const number = ++call.attempt;
    const asked = admit(call, parts, call);
    const permit = asked instanceof Promise ? await asked : asked;
    outcome = undefined;
    if (!(permit instanceof Permit)) outcome = permit;
    else if (isInterrupted(call)) permit.release();
    else if (!call.isUnbounded) outcome = await race(call, parts, { seat: call, number, permit });
    else {
      try {
        outcome = permit.succeed(await task.method.apply(task.self, task.args as unknown[]));
      } catch (error) {
        outcome = permit.fail(error);
      }
    }
  }
}

/** Waits until nothing holds the task back any more; a refusal if it is not to be made at all. */
async function heldBack(
  call: Call,
  parts: PipelineParts,
  holdBack: NonNullable<Operation['holdBack']>,
): Promise<Outcome | undefined> {
  try {
    while (!call.interruption) {
      const delay = holdBack(call.timeLeft);
      if (delay <= 0) break;
      await pause(call, delay, parts.tools);
    }
    return undefined;
  } catch (error) {
    return { kind: 'refused', error };
  }
}

/** Something may have ended the call while it waited for its turn. */
function isInterrupted({ interruption }: Call): boolean {
  return interruption !== undefined;
}

function resultOf(outcome: Outcome): unknown {
  if (outcome.kind === 'value') return outcome.value;
  throw outcome.error;
}

/** A call that was ended while it did not run. */
function interrupted(call: Call, parts: PipelineParts, interruption: Interruption): Outcome {
  announceInterruption(call, parts, interruption);
  return { kind: 'interrupted', error: call.errorOf(interruption) };
}
