import type { CallWrapper, Finding } from '../../strategies/call-wrapper.js';
import type { Method, Operation } from '../operation.js';
import { answerAtOnce } from './answer-at-once.js';
import { AroundCall } from './around-call.js';
import type { RunOperation } from './around-call.js';
import type { AroundPipeline } from './around-pipeline.js';

/** A pipeline that makes the operations of its methods. */
interface MethodPipeline extends AroundPipeline {
  readonly attemptAt?: number | undefined;
  operationOf(method: Method, self: unknown, args: readonly unknown[]): Operation;
}

/** The calls of a pipeline with strategies around them: answered at once, or sent through the strategies. */
export class AroundCalls {
  /**
   * @param front - the strategy that may answer a call before anything is begun for it
   * @param run - runs an operation without the strategies around its call
   */
  constructor(
    private readonly pipeline: MethodPipeline,
    private readonly front: CallWrapper | undefined,
    private readonly run: RunOperation,
  ) {}

  /** The calls of a pipeline; undefined if no strategy stands around them. */
  static of(
    pipeline: MethodPipeline,
    front: CallWrapper | undefined,
    run: RunOperation,
  ): AroundCalls | undefined {
    return pipeline.wrappers.length > 0 ? new AroundCalls(pipeline, front, run) : undefined;
  }

  /** Runs a method; its operation is made where no answer is at hand. */
  invoke(
    method: Method,
    self: unknown,
    args: readonly unknown[],
    as: (operation: Operation) => Operation,
  ): Promise<unknown> {
    const { pipeline } = this;
    const found = this.front?.look?.(self, args, pipeline.attemptAt);
    const answer = answerAtOnce(pipeline, found);
    if (answer !== undefined) return answer;
    return new AroundCall(pipeline, as(pipeline.operationOf(method, self, args))).answer(found, this.run);
  }

  /** Runs an operation. */
  execute(operation: Operation): Promise<unknown> {
    const found = this.look(operation);
    const answer = answerAtOnce(this.pipeline, found, operation);
    return answer ?? new AroundCall(this.pipeline, operation).answer(found, this.run);
  }

  /** Runs a call that was made before. */
  answer(call: AroundCall): Promise<unknown> {
    return call.answer(this.look(call.operation), this.run);
  }

  private look({ self, args, attemptAt, cacheKey }: Operation): Finding | undefined {
    return this.front?.look?.(self, args, attemptAt, cacheKey);
  }
}
