import { TimeoutException } from '../exceptions/rejection.exceptions.js';
import { announceInterruption, announceTimeout } from './announce.js';
import { Attempt } from './attempt.js';
import type { Call } from './call.js';
import type { Interruption, Outcome } from './outcome.js';
import type { Permit } from './permit.js';
import type { PipelineParts } from './pipeline-parts.js';
import { argumentsWith } from './task.js';

/**
 * One attempt against its time limit and against everything that can end its call: the first one counts, and
 * what the others do later is ignored. Never rejects.
 */
export function race(call: Call, parts: PipelineParts, permit: Permit): Promise<Outcome> {
  const limit = call.limits.attempt;
  const now = limit === Infinity ? 0 : parts.tools.clock.now();
  const attempt = new Attempt(call, Math.min(call.deadline, now + limit));
  attempt.moveTo = (key) => permit.moveTo(key, call, parts);
  return new Promise((resolve) => {
    /** Takes the finishing line; false if somebody was there before. */
    const finishes = () => {
      if (call.onInterrupt !== onInterrupt) return false;
      call.onInterrupt = undefined;
      deadline?.queue.remove(deadline);
      return true;
    };
    const onInterrupt = (interruption: Interruption) => {
      if (!finishes()) return;
      const { by, error } = interruption;
      announceInterruption(call, parts, interruption);
      resolve(permit.interrupt(by, error));
      attempt.abort(error);
    };
    const onDeadline = () => {
      if (!finishes()) return;
      const error = timedOut(call, parts);
      resolve(permit.fail(error));
      attempt.abort(error);
    };
    call.onInterrupt = onInterrupt;
    const deadline = limit === Infinity ? undefined : parts.tools.deadlines.of(limit).add(onDeadline, now);
    start(call, attempt).then(
      (value) => finishes() && resolve(permit.succeed(value)),
      (error: unknown) => finishes() && resolve(permit.fail(error)),
    );
  });
}

function timedOut(call: Call, parts: PipelineParts): TimeoutException {
  const timeout = call.limits.attempt;
  announceTimeout(parts, { scope: 'attempt', timeout, attempt: call.attempt });
  return new TimeoutException({ scope: 'attempt', timeout, name: parts.name, cause: call.lastError });
}

/** A method that throws before it returns its promise has failed like any other. */
function start({ task }: Call, attempt: Attempt): Promise<unknown> {
  try {
    return Promise.resolve(task.method.apply(task.self, argumentsWith(task, attempt)));
  } catch (error) {
    return Promise.reject(error);
  }
}
