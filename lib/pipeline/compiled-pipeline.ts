import type { GuardFamily } from '../strategies/guard.js';
import type { Label } from '../strategies/label.js';
import type { RetryBudget } from '../strategies/retry/retry-budget.js';
import type { Wait } from './acquire.js';
import type { CallLimits } from './call-limits.js';
import type { DeadlineQueue } from './deadlines/deadline-queue.js';
import type { Execution } from './execution.js';
import type { Method, Operation } from './operation.js';
import type { Outcome } from './outcome.js';
import type { PipelineDeps } from './pipeline-deps.js';
import type { PipelineParts } from './pipeline-parts.js';

/** A pipeline, as far as the two ways of running a call need it. */
export interface CompiledPipeline {
  readonly parts: PipelineParts;
  readonly deps: PipelineDeps;
  /** The name of the calls in events. */
  readonly label: Label;
  readonly limits: CallLimits;
  readonly guards: readonly GuardFamily[];
  readonly budget: RetryBudget | undefined;
  /** True if `retryOnResult` looks at results. */
  readonly judgesResults: boolean;
  /** True if a listener wants to know the end of each call. */
  readonly isObserved: boolean;
  /** The queue in which limits of attempts stand. */
  readonly attemptDeadlines: DeadlineQueue;
  /** The same strategies without retries. */
  readonly withoutRetry: CompiledPipeline;
  operationOf(method: Method, self: unknown, args: readonly unknown[]): Operation;
  newExecution(operation: Operation, startedAt?: number): Execution;
  run(execution: Execution, first?: Outcome | Wait): Promise<unknown>;
}
