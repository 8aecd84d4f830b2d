import { announceInterruption } from '../notify.js';
import { Attempt } from '../attempt-context.js';
import type { Call } from '../execution.js';
import type { Interruption, Outcome, InterruptTarget } from '../outcome.js';
import type { Permit } from '../guards/permit.js';
import type { PipelineParts } from '../pipeline-parts.js';
import { startAttempt } from '../operation.js';
import { timedOut } from './timed-out.js';

/** Which attempt runs, and where its interruption arrives. */
export interface Entry {
  readonly seat: InterruptTarget;
  /** Number of the attempt. */
  readonly number: number;
  readonly permit: Permit;
}

/**
 * One attempt against its time limit and against everything that can end it: the first one counts, and what the
 * others do later is ignored. Never rejects.
 */
// one closure scope: an object with methods would cost an attempt more
// eslint-disable-next-line max-lines-per-function
export function race(call: Call, parts: PipelineParts, { seat, number, permit }: Entry): Promise<Outcome> {
  const limit = call.limits.attempt;
  const now = limit === Infinity ? 0 : parts.tools.clock.now();
  const attempt = new Attempt(call, number, Math.min(call.deadline, now + limit));
  // eslint-disable-next-line max-lines-per-function
  return new Promise((resolve) => {
    /** Takes the finishing line; false if somebody was there before. */
    const finishes = () => {
      if (seat.onInterrupt !== onInterrupt) return false;
      seat.onInterrupt = undefined;
      deadline?.cancelDeadline();
      return true;
    };
    const onInterrupt = (interruption: Interruption) => {
      if (!finishes()) return;
      const { by, error } = interruption;
      announceInterruption(call, parts, interruption);
      resolve(permit.interrupt(by, call.errorOf(interruption)));
      attempt.abort(error);
    };
    const onDeadline = () => {
      if (!finishes()) return;
      const error = timedOut({ parts, limits: call.limits }, number, call.lastError);
      resolve(permit.fail(error));
      attempt.abort(error);
    };
    attempt.moveTo = (key) => {
      if (seat.onInterrupt === onInterrupt) permit.moveTo(key, call, parts);
    };
    attempt.onAnswer = () => {
      if (seat.onInterrupt !== onInterrupt) return false;
      deadline?.cancelDeadline();
      permit.answered();
      seat.onAnswer?.();
      return true;
    };
    seat.onInterrupt = onInterrupt;
    const deadline = limit === Infinity ? undefined : parts.tools.deadlines.of(limit).add(onDeadline, now);
    startAttempt(call.task, attempt).then(
      (value) => finishes() && resolve(permit.succeed(value)),
      (error: unknown) => finishes() && resolve(permit.fail(error)),
    );
  });
}
