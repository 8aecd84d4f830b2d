import { CircuitOpenException } from '../exceptions/rejection.exceptions.js';
import { withoutStack } from '../exceptions/resilience.exception.js';
import type { Retry, RetryDecision } from '../strategies/retry/retry.js';
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
  if (call.task.stream && !mayResubscribe(call, retry, outcome)) return { end: outcome };
  try {
    if (outcome.kind === 'value' && !retry.rejectsResult(outcome.value)) return { end: outcome };
    remember(call, outcome);
    return act(call, parts, outcome, decide(call, parts, retry, outcome));
  } catch (thrown) {
    parts.tools.events.report(`A retry option of '${retry.label.name}'`, thrown);
    return { end: outcome };
  }
}

/** A stream has no result, and what it has yielded would be yielded again. */
function mayResubscribe({ hasAnswered }: Call, { options }: Retry, { kind }: Outcome): boolean {
  return kind !== 'value' && (!hasAnswered || options.resubscribeAfterValues);
}

function remember(call: Call, outcome: Outcome): void {
  call.hasFailed = outcome.kind !== 'value';
  call.lastError = outcome.kind === 'value' ? undefined : outcome.error;
}

function decide(call: Call, { tools }: PipelineParts, retry: Retry, outcome: Outcome): RetryDecision {
  const hasResult = outcome.kind === 'value';
  const error = hasResult ? undefined : outcome.error;
  const { task } = call;
  return retry.decide({
    attempt: call.round,
    hasResult,
    error,
    result: hasResult ? outcome.value : undefined,
    previousDelay: call.previousDelay,
    timeLeft: call.timeLeft,
    isAborted: tools.lifetime.isEnding || (task.signal?.aborted ?? false),
    mayRepeat: task.mayRepeat?.(error) ?? true,
    isFutile: (delay) => isFutile(call, retry, delay),
    wallNow: () => tools.clock.wallNow(),
  });
}

/** A circuit that will still be open then makes the wait useless, unless its refusal is itself retried. */
function isFutile({ circuit }: Call, retry: Retry, delay: number): boolean {
  if (!circuit?.isOpenAfter(delay)) return false;
  return !retry.repeats(withoutStack(() => new CircuitOpenException({ circuit: circuit.name })));
}

function act(call: Call, parts: PipelineParts, outcome: Outcome, decision: RetryDecision): Next {
  if (decision.again) {
    announceDecision(call, parts, outcome, decision);
    call.previousDelay = decision.delay;
    return { delay: decision.delay };
  }
  const end = endOf(call, outcome, decision.reason);
  announceDecision(call, parts, end, decision);
  return { end };
}

/** Where something else than the error itself keeps the call from another attempt, the caller is told that. */
function endOf({ task, circuit }: Call, outcome: Outcome, reason: string): Outcome {
  const { signal } = task;
  if (reason === 'aborted' && signal?.aborted) return { kind: 'interrupted', error: signal.reason };
  if (reason !== 'futile' || !circuit || outcome.kind === 'value') return outcome;
  return { kind: 'refused', error: circuit.refuse(outcome.error) };
}
