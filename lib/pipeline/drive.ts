import type { Call } from './call.js';
import { announceDecision, announceTimeout } from './announce.js';
import { decideNext } from './decide-next.js';
import type { Interruption, Outcome } from './outcome.js';
import { pause } from './pause.js';
import type { PipelineParts } from './pipeline-parts.js';
import { runAttempt } from './run-attempt.js';

/** Makes attempts until one is good enough or none may follow; `first` is an attempt that was made already. */
export async function drive(call: Call, parts: PipelineParts, first?: Outcome): Promise<unknown> {
  call.open();
  try {
    const outcome = await lastOutcome(call, parts, first ?? (await nextAttempt(call, parts)));
    if (outcome.kind === 'value') return outcome.value;
    throw outcome.error;
  } finally {
    call.close();
  }
}

async function lastOutcome(call: Call, parts: PipelineParts, first: Outcome): Promise<Outcome> {
  let outcome = first;
  for (;;) {
    const next = decideNext(call, parts, outcome);
    if ('end' in next) {
      outcome = next.end;
      break;
    }
    await pause(call, next.delay, parts.tools);
    outcome = call.interruption ? endOfWait(call, call.interruption) : await nextAttempt(call, parts);
  }
  if (call.interruption) announceInterruption(call, parts, outcome, call.interruption);
  return outcome;
}

/** An attempt, once nothing holds the task back any more. */
function nextAttempt(call: Call, parts: PipelineParts): Outcome | Promise<Outcome> {
  const { holdBack } = call.task;
  return holdBack ? heldAttempt(call, parts, holdBack) : runAttempt(call, parts);
}

async function heldAttempt(
  call: Call,
  parts: PipelineParts,
  holdBack: (timeLeft: number) => number,
): Promise<Outcome> {
  try {
    for (;;) {
      if (call.interruption) return endOfWait(call, call.interruption);
      const delay = holdBack(call.timeLeft);
      if (delay <= 0) return await runAttempt(call, parts);
      await pause(call, delay, parts.tools);
    }
  } catch (error) {
    return { kind: 'refused', error };
  }
}

/** On shutdown a waiting caller gets the error that it waits to see mended. */
function endOfWait(call: Call, { by, error }: Interruption): Outcome {
  const told = by === 'shutdown' && call.hasFailed ? call.lastError : error;
  return { kind: 'interrupted', error: told };
}

function announceInterruption(
  call: Call,
  parts: PipelineParts,
  outcome: Outcome,
  { by }: Interruption,
): void {
  if (outcome.kind !== 'interrupted') return;
  const { attempt, limits } = call;
  if (by === 'timeout') announceTimeout(parts, { scope: 'total', timeout: limits.total, attempt });
  else announceDecision(call, parts, outcome, { again: false, reason: 'aborted' });
}
