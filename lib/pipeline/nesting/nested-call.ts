import { TimeoutException } from '../../exceptions/rejection.exceptions.js';
import type { AttemptContext } from '../attempt-context.js';
import type { CallLimits } from '../call-limits.js';
import type { CompiledPipeline } from '../compiled-pipeline.js';
import { Execution } from '../execution.js';
import { notifyTimeout } from '../notify.js';
import { argumentsWith, operationWith } from '../operation.js';
import type { Operation } from '../operation.js';
import { enterCall, settleCall, UNKNOWN_START } from '../settle.js';
import type { AmbientAttempt, AmbientContext } from './ambient-context.js';

/**
 * Runs a call as one that may stand within another and have others within it: it takes over the deadline around it, and leaves
 * repeating to the outermost, as far as the options say so.
 */
export async function runNested(
  pipeline: CompiledPipeline,
  operation: Operation,
  ambientContext: AmbientContext,
): Promise<unknown> {
  const { outer } = ambientContext;
  const { retriesOutermost, sharesDeadlines } = ambientContext.options;
  const inner = retriesOutermost && outer?.isRepeated ? pipeline.withoutRetry : pipeline;
  const { deps } = inner;
  enterCall(inner, operation);
  pipeline.budget?.countCall();
  const limits = sharesDeadlines && outer ? limitsWithin(outer, inner, operation) : inner.limits;
  const isRepeated = outer?.isRepeated === true || repeats(inner);
  const surrounded = withAmbientContext(operation, ambientContext, isRepeated);
  const startedAt = operation.startedAt ?? deps.clock.now();
  return inner.run(new Execution(surrounded, limits, deps, startedAt));
}

/** Milliseconds that a call may take which begins now: no longer than the attempt around it may. */
export function limitWithin({ limits, deps }: Pick<CompiledPipeline, 'limits' | 'deps'>): number {
  const { ambientContext, clock } = deps;
  const outer = ambientContext?.options.sharesDeadlines ? ambientContext.outer : undefined;
  if (!outer || outer.deadline === Infinity) return limits.total;
  return Math.min(limits.total, Math.max(0, outer.deadline - clock.now()));
}

function repeats({ parts: { retry } }: CompiledPipeline): boolean {
  return retry !== undefined && retry.options.maxRetries > 0;
}

/** Shortens the total limit to the time that the outer call has left. */
function limitsWithin(
  { deadline }: AmbientAttempt,
  pipeline: CompiledPipeline,
  operation: Operation,
): CallLimits {
  const { limits, parts, deps } = pipeline;
  const left = deadline - deps.clock.now();
  if (left > 0) return left < limits.total ? { ...limits, total: left } : limits;
  // the call around this one has been given up: this one does not even run
  notifyTimeout(parts, { scope: 'total', timeout: 0, attempt: 0 });
  const error = new TimeoutException({ scope: 'total', timeout: 0, name: limits.name });
  settleCall(
    pipeline,
    { attemptsMade: 0, isRetried: false, startedAt: UNKNOWN_START, hasAnswered: false, operation },
    'failure',
    error,
  );
  throw error;
}

function withAmbientContext(
  operation: Operation,
  ambientContext: AmbientContext,
  isRepeated: boolean,
): Operation {
  const { sharesDeadlines } = ambientContext.options;
  return operationWith(operation, {
    // without deadlines no attempt has to be made for methods that do not ask for it
    ...(sharesDeadlines && { attemptAt: 0 }),
    method(...given) {
      const { deadline = Infinity } = sharesDeadlines ? (given[0] as AttemptContext) : {};
      const args = sharesDeadlines ? argumentsWith(operation, given[0]) : given;
      return ambientContext.enter({ isRepeated, deadline }, () => operation.method.apply(this, args));
    },
  });
}
