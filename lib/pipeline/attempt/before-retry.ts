import type { RetryScheduledEvent } from '../../events/resilience-event.js';
import type { Retry } from '../../strategies/retry/retry.js';
import type { Execution } from '../execution.js';
import type { PipelineDeps } from '../pipeline-deps.js';

/** Runs a user's `beforeRetry` within the limits of the call; false if it has failed, which is reported. */
export function runBeforeRetry(
  execution: Execution,
  { label, options }: Retry,
  event: RetryScheduledEvent,
  { events }: PipelineDeps,
): Promise<boolean> {
  return new Promise((resolve) => {
    const finish = (isDone: boolean) => {
      execution.onInterrupt = undefined;
      stopWaiting();
      resolve(isDone);
    };
    const stopWaiting = execution.beginWait();
    execution.onInterrupt = () => finish(true);
    if (execution.interruption) return finish(true);
    const isWaited = () => execution.interruption === undefined;
    new Promise((done) => done(options.beforeRetry?.(event))).then(
      () => isWaited() && finish(true),
      (error: unknown) => {
        events.report(`beforeRetry of '${label.name}'`, error);
        if (isWaited()) finish(false);
      },
    );
  });
}
