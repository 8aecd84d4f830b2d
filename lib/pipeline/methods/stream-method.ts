import type { WrappedCall } from '../../strategies/call-wrapper.js';
import { operationWith } from '../operation.js';
import type { Method, Operation } from '../operation.js';
import type { Pipeline } from '../pipeline.js';
import { logFailure, notifyCallEnd } from '../settle.js';
import type { CallReport } from '../settle.js';
import type { MethodHandler } from './wrap-method.js';

/** A stream under way. */
export interface StreamCall {
  /** The consumer leaves. */
  leave(reason: unknown): void;
  /** Runs the call; a failed one is answered by the strategies around it, if they have an answer. */
  run(onDone: () => void, onError: (error: unknown, call: WrappedCall) => void): void;
}

/** A method that returns a stream: consuming it is one call. */
export abstract class StreamMethod implements MethodHandler {
  readonly firstRun = undefined;

  constructor(protected readonly pipeline: Pipeline) {}

  abstract invoke(method: Method, self: unknown, args: unknown[]): unknown;

  /** Begins the call of a consumer. */
  protected open(operation: Operation): StreamCall {
    const { pipeline } = this;
    const report: CallReport = { attempts: 0, outcome: 'failure' };
    const isRecovered = pipeline.hasWrappers;
    const execution = pipeline.open(isRecovered ? operationWith(operation, { report }) : operation);
    const { self, args, key, signal } = operation;
    const call: WrappedCall = { self, args, key, signal, usedFallback: false };
    const settle = (outcome: CallReport['outcome'], error?: unknown) => {
      if (!isRecovered) return;
      if (pipeline.isObserved) notifyCallEnd(pipeline, execution, outcome, error);
      if (outcome === 'failure') logFailure(pipeline, execution, error);
    };
    return {
      leave: (reason) => execution.unsubscribe(reason),
      run(onDone, onError) {
        pipeline.run(execution).then(
          () => {
            settle('success');
            onDone();
          },
          (error: unknown) => {
            onError(error, call);
            settle(call.usedFallback ? 'fallback' : report.outcome, error);
          },
        );
      },
    };
  }
}
