import type { RetryScheduledEvent, TimeoutEvent } from '../events/resilience-event.js';
import { labelFields } from '../strategies/label.js';
import type { RetryDecision } from '../strategies/retry/retry.js';
import type { Call } from './call.js';
import type { Outcome } from './outcome.js';
import type { PipelineParts } from './pipeline-parts.js';

/** Tells the listeners and `onRetry` what was decided after a failed attempt. */
export function announceDecision(
  call: Call,
  parts: PipelineParts,
  failed: Outcome,
  decision: RetryDecision,
): void {
  if (!parts.retry) return;
  const error = 'error' in failed ? { error: failed.error } : {};
  if (decision.again) announceRetry(call, parts, { ...decision, ...error });
  else announceEnd(call, parts, decision.reason, error);
}

function announceRetry(
  call: Call,
  parts: PipelineParts,
  what: Pick<RetryScheduledEvent, 'delay' | 'reason' | 'error'>,
) {
  const { events, clock } = parts.tools;
  const { label, options } = parts.retry as NonNullable<PipelineParts['retry']>;
  if (!options.onRetry && !events.isObserved('retry.scheduled')) return;
  const { delay, reason } = what;
  const error = 'error' in what ? { error: what.error } : {};
  const event: RetryScheduledEvent = {
    type: 'retry.scheduled',
    ...labelFields(label),
    at: clock.now(),
    attempt: call.attempt + 1,
    delay,
    reason,
    ...error,
  };
  events.emit(event);
  const { onRetry } = options;
  if (onRetry) events.guard(`onRetry of '${label.name}'`, () => onRetry(event));
}

type EndReason = Extract<RetryDecision, { again: false }>['reason'];

function announceEnd(call: Call, parts: PipelineParts, reason: EndReason, error: { error?: unknown }): void {
  const { events, clock } = parts.tools;
  const type = reason === 'exhausted' ? 'retry.exhausted' : 'retry.suppressed';
  if (!events.isObserved(type)) return;
  const { label } = parts.retry as NonNullable<PipelineParts['retry']>;
  const base = { ...labelFields(label), at: clock.now(), attempt: call.attempt, ...error };
  if (reason === 'exhausted') events.emit({ type: 'retry.exhausted', ...base });
  else
    events.emit({
      type: 'retry.suppressed',
      ...base,
      reason: reason === 'futile' ? 'not-retryable' : reason,
    });
}

/** Tells the listeners that time ran out. */
export function announceTimeout(
  parts: PipelineParts,
  what: Pick<TimeoutEvent, 'scope' | 'timeout' | 'attempt'>,
): void {
  const { events, clock } = parts.tools;
  if (!events.isObserved('timeout')) return;
  events.emit({ type: 'timeout', ...labelFields(parts), at: clock.now(), ...what });
}
