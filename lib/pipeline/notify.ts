import { announce, eventOf } from '../events/announce.js';
import type { TimeoutEvent } from '../events/resilience-event.js';
import type { Retry, RetryDecision } from '../strategies/retry/retry.js';
import type { Call } from './execution.js';
import type { Interruption, Outcome } from './outcome.js';
import type { PipelineParts } from './pipeline-parts.js';

type Again = Extract<RetryDecision, { again: true }>;

/** Tells the listeners and `onRetry` what was decided after a failed attempt; without listeners nothing is made. */
export function announceDecision(
  { attempt }: Call,
  { retry, tools }: PipelineParts,
  failed: Outcome,
  decision: RetryDecision,
): void {
  if (!retry) return;
  if (decision.again) {
    const { onRetry } = retry.options;
    if (onRetry || tools.events.isObserved('retry.scheduled'))
      announceRetry(retry, tools, decision, { attempt: attempt + 1, ...errorOf(failed) });
  } else if (decision.reason === 'exhausted')
    announce('retry.exhausted', retry.label, tools, { attempt, ...errorOf(failed) });
  else {
    const reason = decision.reason === 'futile' ? 'not-retryable' : decision.reason;
    announce('retry.suppressed', retry.label, tools, { attempt, reason, ...errorOf(failed) });
  }
}

function errorOf(outcome: Outcome): { error?: unknown } {
  return 'error' in outcome ? { error: outcome.error } : {};
}

function announceRetry(
  { label, options }: Retry,
  { events, clock }: PipelineParts['tools'],
  { delay, reason }: Again,
  about: { attempt: number; error?: unknown },
): void {
  const { onRetry } = options;
  const event = eventOf('retry.scheduled', label, clock, { delay, reason, ...about });
  events.emit(event);
  if (onRetry) events.guard(`onRetry of '${label.name}'`, () => onRetry(event));
}

/** Tells the listeners that a call was ended from outside. */
export function announceInterruption(call: Call, parts: PipelineParts, { by, error }: Interruption): void {
  const { attempt, limits } = call;
  if (by === 'timeout') announceTimeout(parts, { scope: 'total', timeout: limits.total, attempt });
  else if (by === 'caller' || by === 'shutdown')
    announceDecision(call, parts, { kind: 'interrupted', error }, { again: false, reason: 'aborted' });
}

/** Tells the listeners that time ran out. */
export function announceTimeout(
  { timeout, name, policy, tools }: PipelineParts,
  what: Pick<TimeoutEvent, 'scope' | 'timeout' | 'attempt'>,
): void {
  announce('timeout', { name: timeout?.name ?? name, policy }, tools, what);
}
