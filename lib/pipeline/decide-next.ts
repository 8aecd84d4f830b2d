import type { Retry } from '../strategies/retry/retry.js';
import { announceDecision } from './notify.js';
import type { Call } from './execution.js';
import type { Outcome } from './outcome.js';
import type { PipelineParts } from './pipeline-parts.js';

/**
 * The outcome with which a call ends after an attempt; undefined for another attempt, after its `previousDelay`. A
 * user's function that throws ends the call with what it had, and is reported.
 */
export function decideNext(call: Call, parts: PipelineParts, outcome: Outcome): Outcome | undefined {
  const { retry } = parts;
  if (!retry || outcome.kind === 'interrupted') return outcome;
  if (call.task.stream && !mayResubscribe(call, retry, outcome)) return outcome;
  try {
    if (outcome.kind === 'value' && !retry.rejectsResult(outcome.value)) return outcome;
    call.remember(outcome);
    return act(call, parts, outcome, retry);
  } catch (thrown) {
    parts.tools.events.report(`A retry option of '${retry.label.name}'`, thrown);
    return outcome;
  }
}

/** A stream has no result, and what it has yielded would be yielded again. */
function mayResubscribe({ hasAnswered }: Call, { options }: Retry, { kind }: Outcome): boolean {
  return kind !== 'value' && (!hasAnswered || options.resubscribeAfterValues);
}

function act(call: Call, parts: PipelineParts, outcome: Outcome, retry: Retry): Outcome | undefined {
  const decision = retry.decide(call);
  const end = decision.again ? undefined : endOf(call, outcome, decision.reason);
  announceDecision(call, parts, end ?? outcome, decision);
  if (decision.again) call.previousDelay = decision.delay;
  return end;
}

/** Where something else than the error itself keeps the call from another attempt, the caller is told that. */
function endOf({ task, circuit }: Call, outcome: Outcome, reason: string): Outcome {
  const { signal } = task;
  if (reason === 'aborted' && signal?.aborted) return { kind: 'interrupted', error: signal.reason };
  if (reason !== 'futile' || !circuit || outcome.kind === 'value') return outcome;
  return { kind: 'refused', error: circuit.refuse(outcome.error) };
}
