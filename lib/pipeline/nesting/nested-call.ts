import { TimeoutException } from '../../exceptions/rejection.exceptions.js';
import { announceTimeout } from '../notify.js';
import type { AttemptContext } from '../attempt-context.js';
import { Call } from '../execution.js';
import type { CallLimits } from '../call-limits.js';
import { drive } from '../retry-loop.js';
import type { PipelineParts } from '../pipeline-parts.js';
import type { AmbientAttempt, AmbientContext } from './ambient-context.js';
import { argumentsWith } from '../operation.js';
import type { Operation } from '../operation.js';

/** All that a call is run with. */
interface CallPlan {
  readonly task: Operation;
  readonly limits: CallLimits;
  readonly parts: PipelineParts;
}

/**
 * Runs a call as one that may stand within another and have others within it: it takes over the deadline around it,
 * and leaves repeating to the outermost, as far as the options say so.
 */
export async function driveNested(ambientContext: AmbientContext, plan: CallPlan): Promise<unknown> {
  const { outer } = ambientContext;
  const { retriesOutermost, sharesDeadlines } = ambientContext.options;
  const parts = retriesOutermost && outer?.isRepeated ? { ...plan.parts, retry: undefined } : plan.parts;
  const limits = sharesDeadlines && outer ? limitsWithin(outer, plan) : plan.limits;
  const isRepeated = outer?.isRepeated === true || repeats(parts);
  const task = surrounded(plan.task, ambientContext, isRepeated);
  return drive(new Call(task, limits, parts.tools, task.startedAt ?? parts.tools.clock.now()), parts);
}

function repeats({ retry }: PipelineParts): boolean {
  return retry !== undefined && retry.options.maxRetries > 0;
}

/** The total limit, shortened to the time that is left outside. */
function limitsWithin({ deadline }: AmbientAttempt, { limits, parts }: CallPlan): CallLimits {
  const left = deadline - parts.tools.clock.now();
  if (left > 0) return left < limits.total ? { ...limits, total: left } : limits;
  // whoever began this has been given up: it does not even run
  announceTimeout(parts, { scope: 'total', timeout: 0, attempt: 0 });
  throw new TimeoutException({ scope: 'total', timeout: 0, name: limits.name });
}

function surrounded(task: Operation, ambientContext: AmbientContext, isRepeated: boolean): Operation {
  const { sharesDeadlines } = ambientContext.options;
  return {
    ...task,
    // without deadlines no attempt has to be made for those who do not ask for it
    ...(sharesDeadlines && { attemptAt: 0 }),
    method(...given) {
      const { deadline = Infinity } = sharesDeadlines ? (given[0] as AttemptContext) : {};
      const args = sharesDeadlines ? argumentsWith(task, given[0]) : given;
      return ambientContext.enter({ isRepeated, deadline }, () => task.method.apply(this, args));
    },
  };
}
