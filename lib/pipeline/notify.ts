import { explainFailure } from '../failures/explain-failure.js';
import { emitEvent, eventOf } from '../events/emit-event.js';
import type { RetryScheduledEvent, RetrySuppressedReason, TimeoutEvent } from '../events/resilience-event.js';
import type { Retry, RetryDecision } from '../strategies/retry/retry.js';
import type { Execution } from './execution.js';
import type { Interruption, Outcome } from './outcome.js';
import { keyedParts } from './pipeline-parts.js';
import type { PipelineParts } from './pipeline-parts.js';

type Again = Extract<RetryDecision, { again: true }>;

/** Notifies the listeners and `onRetry` of the decision after a failed attempt; without listeners nothing is made. */
export function notifyDecision(
  { attempt, operation }: Execution,
  pipeline: PipelineParts,
  failed: Outcome,
  decision: RetryDecision,
): void {
  const parts = keyedParts(pipeline, operation.key);
  const { retry, deps } = parts;
  if (!retry) return;
  if (decision.again) {
    parts.figures?.countRetryDelay(decision.reason, decision.delay);
    const { onRetry } = retry.options;
    if (onRetry || deps.events.isObserved('retry.scheduled'))
      notifyRetry(parts, retry, scheduledEvent(parts, attempt, failed, decision));
  } else if (decision.reason === 'exhausted')
    emitEvent('retry.exhausted', parts.family, deps, { attempt, ...errorOf(failed) });
  else notifyRefusal(parts, attempt, failed, decision);
}

/** Notifies the listeners of a retry that is not made, unless none would have been made anyway. */
function notifyRefusal(
  parts: PipelineParts,
  attempt: number,
  failed: Outcome,
  { reason, isOverruled }: Extract<RetryDecision, { again: false }>,
): void {
  if (reason === 'not-retryable' && attempt > 1) warnOfTransaction(parts, failed);
  // a guard that will refuse then ends the call with its refusal, which is told
  if (reason === 'exhausted' || reason === 'futile' || (reason === 'not-retryable' && !isOverruled)) return;
  notifySuppressed(parts, attempt, reason, failed);
}

/** Retries of which the log has been told that they run inside a transaction. */
const warned = new WeakSet<Retry>();

/** Warns, once per place, of a retry that was made inside a transaction which had failed before. */
function warnOfTransaction({ retry, deps }: PipelineParts, failed: Outcome): void {
  if (
    !retry ||
    !('error' in failed) ||
    warned.has(retry) ||
    explainFailure(failed.error).rule !== 'sql/25P02'
  )
    return;
  warned.add(retry);
  deps.events.warn(
    `A retry of '${retry.label.name}' met SQLSTATE 25P02: it ran inside a transaction that had failed before. ` +
      'Put @Retryable above @Transactional, so that each attempt has a transaction of its own',
  );
}

/** The event of a retry, which `onRetry` and `beforeRetry` get too. */
export function scheduledEvent(
  parts: PipelineParts,
  attempt: number,
  failed: Outcome,
  { delay, reason }: Again,
): RetryScheduledEvent {
  const details = { delay, reason, attempt: attempt + 1, ...errorOf(failed) };
  return eventOf('retry.scheduled', parts.family, parts.deps.clock, details);
}

/** Notifies the listeners that a retry which would otherwise have been made is not made. */
export function notifySuppressed(
  parts: PipelineParts,
  attempt: number,
  reason: RetrySuppressedReason,
  failed: Outcome | undefined,
): void {
  parts.figures?.countSuppression(reason);
  emitEvent('retry.suppressed', parts.family, parts.deps, {
    attempt,
    reason,
    ...(failed && errorOf(failed)),
  });
}

function errorOf(outcome: Outcome): { error?: unknown } {
  return 'error' in outcome ? { error: outcome.error } : {};
}

function notifyRetry({ deps }: PipelineParts, { options, label }: Retry, event: RetryScheduledEvent): void {
  const { onRetry } = options;
  deps.events.emit(event);
  if (onRetry) deps.events.guard(`onRetry of '${label.name}'`, () => onRetry(event));
}

/** Notifies the listeners that a call was ended from outside while it waited: if it waited for a retry, that is not made. */
export function notifyInterruptedWait(
  execution: Execution,
  parts: PipelineParts,
  { by }: Interruption,
  isFailover = false,
): void {
  const lastRejected = execution.awaitsRetry(isFailover) ? execution.lastRejected : undefined;
  if (by === 'timeout') notifyTotalTimeout(execution, parts);
  else if (lastRejected && (by === 'caller' || by === 'shutdown')) {
    const { attempt, outcome } = lastRejected;
    const reason = by === 'caller' ? 'aborted' : 'shutdown';
    notifySuppressed(keyedParts(parts, execution.operation.key), attempt, reason, outcome);
  }
}

/** Notifies the listeners that the time of a whole call is over. */
export function notifyTotalTimeout(execution: Execution, parts: PipelineParts): void {
  const { attempt, limits, operation } = execution;
  notifyTimeout(keyedParts(parts, operation.key), { scope: 'total', timeout: limits.total, attempt });
}

/** Notifies the listeners that time ran out. */
export function notifyTimeout(
  parts: PipelineParts,
  what: Pick<TimeoutEvent, 'scope' | 'timeout' | 'attempt'>,
): void {
  parts.figures?.countTimeout(what.scope);
  emitEvent('timeout', parts.family, parts.deps, what);
}
