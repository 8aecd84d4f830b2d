import { CircuitOpenException } from '../exceptions/rejection.exceptions.js';
import { withoutStack } from '../exceptions/resilience.exception.js';
import type { FailedAttempt, Retry, RetryDecision } from '../strategies/retry/retry.js';
import { announceDecision } from './announce.js';
import type { Call } from './call.js';
import type { Outcome } from './outcome.js';
import type { PipelineParts } from './pipeline-parts.js';

/** Another attempt after a wait, or the outcome with which the call ends. */
export type Next = { readonly delay: number } | { readonly end: Outcome };

/** What follows an attempt. A user's function that throws ends the call with what it had, and is reported. */
export function decideNext(call: Call, parts: PipelineParts, outcome: Outcome): Next {
  const { retry } = parts;
  if (!retry || outcome.kind === 'interrupted') return { end: outcome };
  try {
    if (outcome.kind === 'value' && !retry.rejectsResult(outcome.value)) return { end: outcome };
    remember(call, outcome);
    return act(call, parts, outcome, decide(call, parts, outcome));
  } catch (thrown) {
    parts.tools.events.report(`A retry option of '${retry.label.name}'`, thrown);
    return { end: outcome };
  }
}

function remember(call: Call, outcome: Outcome): void {
  call.hasFailed = outcome.kind !== 'value';
  call.lastError = outcome.kind === 'value' ? undefined : outcome.error;
}

function decide(call: Call, parts: PipelineParts, outcome: Outcome): RetryDecision {
  const { retry, tools } = parts as PipelineParts & { retry: Retry };
  if (call.task.signal?.aborted || tools.lifetime.isEnding) return { again: false, reason: 'aborted' };
  const hasResult = outcome.kind === 'value';
  const failed: FailedAttempt = {
    attempt: call.attempt,
    hasResult,
    error: hasResult ? undefined : outcome.error,
    result: hasResult ? outcome.value : undefined,
    previousDelay: call.previousDelay,
    timeLeft: call.timeLeft,
    mayRepeat: call.task.mayRepeat?.(hasResult ? undefined : outcome.error) ?? true,
    isFutile: (delay) => isFutile(call, retry, delay),
    wallNow: () => tools.clock.wallNow(),
  };
  return retry.decide(failed);
}

/** A circuit that will still be open then makes the wait useless, unless its refusal is itself retried. */
function isFutile({ circuit }: Call, retry: Retry, delay: number): boolean {
  if (!circuit?.isOpenAfter(delay)) return false;
  return !retry.repeats(withoutStack(() => new CircuitOpenException({ circuit: circuit.name })));
}

function act(call: Call, parts: PipelineParts, outcome: Outcome, decision: RetryDecision): Next {
  const futile = !decision.again && decision.reason === 'futile';
  const end: Outcome = futile ? refusedBy(call, outcome) : outcome;
  announceDecision(call, parts, end, decision);
  if (!decision.again) return { end };
  call.previousDelay = decision.delay;
  return { delay: decision.delay };
}

function refusedBy(call: Call, outcome: Outcome): Outcome {
  const { circuit } = call;
  const cause = 'error' in outcome ? outcome.error : undefined;
  return circuit && outcome.kind !== 'value' ? { kind: 'refused', error: circuit.refuse(cause) } : outcome;
}
