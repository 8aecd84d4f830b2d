import type { Guard } from '../strategies/guard.js';
import type { Retry, RetryDecision } from '../strategies/retry/retry.js';
import type { Execution } from './execution.js';
import { refuse } from './guards/refuse.js';
import { notifyDecision } from './notify.js';
import type { Outcome } from './outcome.js';
import type { PipelineParts } from './pipeline-parts.js';

/** The decision for another attempt. */
export type Again = Extract<RetryDecision, { again: true }>;

/**
 * Returns the outcome with which a call ends after an attempt, or the decision for another attempt. A user's function
 * that throws is reported, and ends the call with the outcome of the attempt.
 */
export function decideNext(execution: Execution, parts: PipelineParts, outcome: Outcome): Outcome | Again {
  const { retry } = parts;
  if (!retry || outcome.kind === 'interrupted') return outcome;
  if (execution.operation.isStream && !mayResubscribe(execution, retry, outcome)) return outcome;
  try {
    if (outcome.kind === 'value' && !retry.rejectsResult(outcome.value)) return outcome;
    execution.remember(outcome);
    const decision = retry.decide(execution);
    const end = decision.again ? undefined : endOf(execution, parts, outcome, decision.reason);
    notifyDecision(execution, parts, end ?? outcome, decision);
    return end ?? (decision as Again);
  } catch (thrown) {
    parts.deps.events.report(`A retry option of '${retry.label.name}'`, thrown);
    return outcome;
  }
}

/** True if a failed stream may be consumed again, which yields its values again. A stream has no result to judge. */
function mayResubscribe({ hasAnswered }: Execution, { options }: Retry, { kind }: Outcome): boolean {
  return kind !== 'value' && (!hasAnswered || options.resubscribeAfterValues);
}

/** Chooses the outcome of a call without another attempt: that of the abort or the guard that prevents it, else its own. */
function endOf(execution: Execution, { figures }: PipelineParts, outcome: Outcome, reason: string): Outcome {
  const { signal, sharedRun } = execution.operation;
  if (reason === 'aborted' && sharedRun?.interruption)
    return { kind: 'interrupted', ...sharedRun.interruption };
  if (reason === 'aborted' && signal?.aborted)
    return { kind: 'interrupted', error: signal.reason, by: 'caller' };
  const refuser = reason === 'futile' ? refuserOf(execution, outcome) : undefined;
  return refuser ? { kind: 'refused', error: refuse(refuser, execution.lastError, figures) } : outcome;
}

/** The guard that speaks for the call; none where a connection never came about, whose error says more. */
function refuserOf(execution: Execution, outcome: Outcome): Guard | undefined {
  const isOwn = outcome.kind === 'value' || execution.operation.destinations?.isUnreached(outcome.error);
  return isOwn ? undefined : execution.refuserAfter(0);
}
