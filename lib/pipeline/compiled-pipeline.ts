import type { GuardFamily } from '../strategies/guard.js';
import type { RetryBudget } from '../strategies/retry/retry-budget.js';
import type { Wait } from './acquire.js';
import type { CallLimits } from './call-limits.js';
import type { DeadlineQueue } from './deadlines/deadline-queue.js';
import type { Execution } from './execution.js';
import type { Method, Operation } from './operation.js';
import type { Outcome } from './outcome.js';
import type { PipelineParts } from './pipeline-parts.js';
import type { ObservedPipeline } from './settle.js';

/** A pipeline, as the two ways of running a call see it: they stand below it, and import no more of it. */
export interface CompiledPipeline extends ObservedPipeline {
  readonly parts: PipelineParts;
  readonly limits: CallLimits;
  readonly guards: readonly GuardFamily[];
  readonly budget: RetryBudget | undefined;
  /** True if `retryOnResult` looks at results. */
  readonly judgesResults: boolean;
  /** True if a first attempt can be ended from outside. */
  readonly isBounded: boolean;
  /** The queue in which limits of attempts stand. */
  readonly attemptDeadlines: DeadlineQueue;
  /** The same strategies without retries. */
  readonly withoutRetry: CompiledPipeline;
  operationOf(method: Method, self: unknown, args: readonly unknown[]): Operation;
  newExecution(operation: Operation, startedAt?: number): Execution;
  run(execution: Execution, first?: Outcome | Wait): Promise<unknown>;
}
