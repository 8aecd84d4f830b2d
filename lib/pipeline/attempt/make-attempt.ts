import type { Admissions } from '../acquire.js';
import type { CompiledPipeline } from '../compiled-pipeline.js';
import type { Destinations } from '../destinations.js';
import type { Execution } from '../execution.js';
import { Permit } from '../guards/permit.js';
import type { Outcome } from '../outcome.js';
import { runAttempt } from './run-attempt.js';
import type { RunningAttempt } from './run-attempt.js';

/** Makes one attempt of a round. Where the call has several destinations, others may follow it at once. Never rejects. */
export function makeAttempt(
  execution: Execution,
  pipeline: CompiledPipeline,
  running: RunningAttempt,
  admissions: Admissions,
): Promise<Outcome> {
  const { destinations } = execution.operation;
  if (!destinations) return runAttempt(execution, pipeline.parts, running);
  return attemptInTurn(execution, pipeline, { running, admissions, destinations });
}

/** An attempt that may be followed by others at the next destinations. */
interface AttemptInTurn {
  readonly running: RunningAttempt;
  readonly admissions: Admissions;
  readonly destinations: Destinations;
}

/**
 * Failover: while a connection never comes about, the call goes on at once at the next destination. That is no retry: it draws
 * nothing from the budget, notifies no listener of a retry, and has no part in `maxRetries`.
 */
async function attemptInTurn(
  execution: Execution,
  pipeline: CompiledPipeline,
  { running, admissions, destinations }: AttemptInTurn,
): Promise<Outcome> {
  const { target } = running;
  const isOver = () => target.interruption !== undefined;
  let { number, permit, kind } = running;
  for (;;) {
    const outcome = await runAttempt(execution, pipeline.parts, { target, number, permit, kind });
    if (outcome.kind === 'value' && !pipeline.judgesResults) return outcome;
    if (!destinations.conclude(number, outcome) || isOver()) return outcome;
    execution.remember(outcome);
    number = ++execution.attempt;
    const next = await admissions.askInTurn(destinations, number, true);
    if (!(next instanceof Permit)) return next.kind === 'interrupted' ? next : outcome;
    if (isOver()) {
      next.cancel();
      return outcome;
    }
    permit = next;
    kind = 'failover';
    execution.attemptsMade++;
    target.onFailover?.(number);
  }
}
