import type { RetryScheduledEvent, TimeoutEvent } from '../events/resilience-event.js';
import { labelFields } from '../strategies/label.js';
import type { Retry, RetryDecision } from '../strategies/retry/retry.js';
import type { Call } from './call.js';
import type { Interruption, Outcome } from './outcome.js';
import type { PipelineParts } from './pipeline-parts.js';

type Again = Extract<RetryDecision, { again: true }>;
type Stop = Extract<RetryDecision, { again: false }>;

/** Tells the listeners and `onRetry` what was decided after a failed attempt; without listeners nothing is made. */
export function announceDecision(
  call: Call,
  parts: PipelineParts,
  failed: Outcome,
  decision: RetryDecision,
): void {
  const { retry, tools } = parts;
  if (!retry) return;
  if (!decision.again) announceEnd(call, parts, failed, decision);
  else if (retry.options.onRetry || tools.events.isObserved('retry.scheduled')) {
    announceRetry(call, parts, failed, decision);
  }
}

function announceRetry(call: Call, { retry, tools }: PipelineParts, failed: Outcome, again: Again) {
  const { label, options } = retry as Retry;
  const { delay, reason } = again;
  const event: RetryScheduledEvent = {
    type: 'retry.scheduled',
    ...labelFields(label),
    at: tools.clock.now(),
    attempt: call.attempt + 1,
    delay,
    reason,
    ...errorOf(failed),
  };
  tools.events.emit(event);
  const { onRetry } = options;
  if (onRetry) tools.events.guard(`onRetry of '${label.name}'`, () => onRetry(event));
}

function announceEnd(call: Call, { retry, tools }: PipelineParts, failed: Outcome, { reason }: Stop): void {
  const { events, clock } = tools;
  const type = reason === 'exhausted' ? 'retry.exhausted' : 'retry.suppressed';
  if (!events.isObserved(type)) return;
  const { label } = retry as Retry;
  const base = { ...labelFields(label), at: clock.now(), attempt: call.attempt, ...errorOf(failed) };
  if (reason === 'exhausted') events.emit({ type: 'retry.exhausted', ...base });
  else
    events.emit({
      type: 'retry.suppressed',
      ...base,
      reason: reason === 'futile' ? 'not-retryable' : reason,
    });
}

function errorOf(failed: Outcome): { error?: unknown } {
  return 'error' in failed ? { error: failed.error } : {};
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
  parts: PipelineParts,
  what: Pick<TimeoutEvent, 'scope' | 'timeout' | 'attempt'>,
): void {
  const { events, clock } = parts.tools;
  if (!events.isObserved('timeout')) return;
  const name = parts.timeout?.name ?? parts.name;
  events.emit({ type: 'timeout', ...labelFields(parts), name, at: clock.now(), ...what });
}

/** Tells the listeners of an attempt beside another one. */
export function announceHedge(
  { tools, hedge }: PipelineParts,
  type: 'hedge.started' | 'hedge.won',
  attempt: number,
): void {
  const { events, clock } = tools;
  if (!hedge || !events.isObserved(type)) return;
  events.emit({ type, ...labelFields(hedge.label), at: clock.now(), attempt });
}

/** Tells the listeners that a fallback answers. */
export function announceFallback({ tools, fallback }: PipelineParts, error: unknown): void {
  const { events, clock } = tools;
  if (!fallback || !events.isObserved('fallback.used')) return;
  events.emit({ type: 'fallback.used', ...labelFields(fallback.label), at: clock.now(), error });
}
