import { TimeoutException } from '../exceptions/rejection.exceptions.js';
import { announceTimeout } from './announce.js';
import type { AttemptContext } from './attempt.js';
import { Call } from './call.js';
import type { CallLimits } from './pipeline-shape.js';
import { drive } from './drive.js';
import type { PipelineParts } from './pipeline-parts.js';
import type { Surrounding, Surroundings } from './surroundings.js';
import { argumentsWith } from './task.js';
import type { Task } from './task.js';

/** All that a call is run with. */
interface CallPlan {
  readonly task: Task;
  readonly limits: CallLimits;
  readonly parts: PipelineParts;
}

/**
 * Runs a call as one that may stand within another and have others within it: it takes over the deadline around it,
 * and leaves repeating to the outermost, as far as the options say so.
 */
export async function driveNested(surroundings: Surroundings, plan: CallPlan): Promise<unknown> {
  const { outer } = surroundings;
  const { retriesOutermost, sharesDeadlines } = surroundings.options;
  const parts = retriesOutermost && outer?.isRepeated ? { ...plan.parts, retry: undefined } : plan.parts;
  const limits = sharesDeadlines && outer ? limitsWithin(outer, plan) : plan.limits;
  const isRepeated = outer?.isRepeated === true || repeats(parts);
  const task = surrounded(plan.task, surroundings, isRepeated);
  return drive(new Call(task, limits, parts.tools, task.startedAt ?? parts.tools.clock.now()), parts);
}

function repeats({ retry }: PipelineParts): boolean {
  return retry !== undefined && retry.options.maxRetries > 0;
}

/** The total limit, shortened to the time that is left outside. */
function limitsWithin({ deadline }: Surrounding, { limits, parts }: CallPlan): CallLimits {
  const left = deadline - parts.tools.clock.now();
  if (left > 0) return left < limits.total ? { ...limits, total: left } : limits;
  // whoever began this has been given up: it does not even run
  announceTimeout(parts, { scope: 'total', timeout: 0, attempt: 0 });
  throw new TimeoutException({ scope: 'total', timeout: 0, name: limits.name });
}

function surrounded(task: Task, surroundings: Surroundings, isRepeated: boolean): Task {
  const { sharesDeadlines } = surroundings.options;
  return {
    ...task,
    // without deadlines no attempt has to be made for those who do not ask for it
    ...(sharesDeadlines && { attemptAt: 0 }),
    method(...given) {
      const { deadline = Infinity } = sharesDeadlines ? (given[0] as AttemptContext) : {};
      const args = sharesDeadlines ? argumentsWith(task, given[0]) : given;
      return surroundings.enter({ isRepeated, deadline }, () => task.method.apply(this, args));
    },
  };
}
