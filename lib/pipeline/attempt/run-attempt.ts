import type { AttemptKind } from '../../telemetry/figures.js';
import { Attempt } from '../attempt-context.js';
import type { Execution } from '../execution.js';
import type { Permit } from '../guards/permit.js';
import { notifyTotalTimeout } from '../notify.js';
import { keyOfAttempt, startAttempt } from '../operation.js';
import { attemptOutcomeOf } from '../outcome.js';
import type { Interruption, InterruptTarget, Outcome } from '../outcome.js';
import { keyedParts } from '../pipeline-parts.js';
import type { PipelineParts } from '../pipeline-parts.js';
import { timedOut } from './timed-out.js';

/** One attempt of an execution, and the place where its interruption arrives. */
export interface RunningAttempt {
  readonly target: InterruptTarget;
  /** Number of the attempt. */
  readonly number: number;
  readonly permit: Permit;
  readonly kind: AttemptKind;
}

/**
 * Runs one attempt against its time limit and against everything that can end it: the first of them counts, and later results are
 * ignored. Never rejects.
 */
// one closure scope: an object with methods would cost an attempt more
// eslint-disable-next-line max-lines-per-function
export function runAttempt(
  execution: Execution,
  parts: PipelineParts,
  { target, number, permit, kind }: RunningAttempt,
): Promise<Outcome> {
  const { clock, deadlines } = parts.deps;
  const limit = execution.limits.attempt;
  const now = limit === Infinity ? 0 : clock.now();
  const attempt = new Attempt(execution, number, Math.min(execution.deadline, now + limit));
  attempt.slot = permit.slot;
  const trace = execution.operation.trace?.attempt(number, kind, keyOfAttempt(execution.operation, number));
  // eslint-disable-next-line max-lines-per-function
  return new Promise((resolve) => {
    const end = (outcome: Outcome, how = attemptOutcomeOf(outcome)) => {
      parts.figures?.countAttempt(kind, how);
      trace?.end(how, 'error' in outcome ? outcome.error : undefined);
      resolve(outcome);
    };
    /** Claims the end of the attempt; false if another end was faster. */
    const finishes = () => {
      if (target.onInterrupt !== onInterrupt) return false;
      target.onInterrupt = undefined;
      deadline?.cancelDeadline();
      return true;
    };
    const fail = (error: unknown): Outcome => {
      if (attempt.concernsUpstream) permit.fail(error);
      else permit.release();
      return { kind: 'failed', error };
    };
    const onInterrupt = (interruption: Interruption) => {
      if (!finishes()) return;
      const { by, error } = interruption;
      if (by === 'timeout') notifyTotalTimeout(execution, parts);
      end(permit.interrupt(by, execution.errorOf(interruption), attempt.concernsUpstream));
      attempt.abort(error);
    };
    const onDeadline = () => {
      if (!finishes()) return;
      const keyed = {
        parts: keyedParts(parts, keyOfAttempt(execution.operation, number)),
        limits: execution.limits,
      };
      const timeout = timedOut(keyed, number, execution.lastError);
      end(fail(attempt.lateError(timeout)), 'timeout');
      attempt.abort(timeout);
    };
    attempt.moveTo = (key) => {
      const { lastError } = execution;
      if (target.onInterrupt === onInterrupt && parts.circuitBreaker)
        permit.moveTo(parts.circuitBreaker, key, { clock, lastError, figures: parts.figures });
    };
    attempt.onAnswer = () => {
      if (target.onInterrupt !== onInterrupt) return false;
      deadline?.cancelDeadline();
      // a source may emit in a context of its own
      execution.enter(() => {
        permit.answer();
        (target.onAnswer ?? execution.onAnswer).call(target);
      });
      return true;
    };
    target.onInterrupt = onInterrupt;
    const deadline = limit === Infinity ? undefined : deadlines.of(limit).add(onDeadline, now);
    const start = () => startAttempt(execution.operation, attempt);
    (trace ? trace.run(start) : start()).then(
      (value) => finishes() && (permit.succeed(), end({ kind: 'value', value })),
      (error: unknown) => finishes() && end(fail(error)),
    );
  });
}
