import type { WrappedCall } from '../../strategies/call-wrapper.js';
import { AroundCall } from '../around/around-call.js';
import type { Method, Operation } from '../operation.js';
import type { Pipeline } from '../pipeline.js';
import { endCall, newReport } from '../settle.js';
import type { CallReport } from '../settle.js';
import type { CallTrace } from '../../telemetry/call-trace.js';
import type { EarlyAttempt } from './early-attempt.js';
import type { MethodHandler } from './wrap-method.js';

/** The decision about a body that has run before the form of its result was known. */
export const NOT_INTERCEPTED = { interception: undefined };

/** The result that a method has returned already, for the first attempt of the first call. */
export interface FirstResult {
  readonly result: unknown;
  /** The attempt that was made, where the method asks for it. */
  readonly early?: EarlyAttempt | undefined;
  /** Set where observers have seen the method run: the first call goes on with it. */
  readonly trace?: CallTrace | undefined;
}

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

  /** The operation of a consumer, whose attempts consume the method's own stream. */
  protected operationOf(
    { method, self, args }: Pick<Operation, 'method' | 'self' | 'args'>,
    first: FirstResult | undefined,
  ): Operation {
    const operation = this.pipeline.operationOf(method, self, args);
    const { early, trace } = first ?? {};
    return { ...operation, early, trace, isStream: true, decided: first && NOT_INTERCEPTED };
  }

  /** Begins the call of a consumer. */
  protected open(bare: Operation): StreamCall {
    const { pipeline } = this;
    const trace = bare.trace ?? (pipeline.isWatched ? pipeline.traceOf(bare) : undefined);
    const report = newReport();
    const isRecovered = pipeline.wrappers.length > 0;
    const watched: Operation = isRecovered ? { ...bare, trace, report } : { ...bare, trace };
    const operation = pipeline.intercepted(watched);
    const execution = pipeline.open(operation);
    if (isRecovered) pipeline.figures?.beginCall();
    const call = new AroundCall(pipeline, operation);
    const settle = (outcome: CallReport['outcome'], error?: unknown) => {
      if (isRecovered) endCall(pipeline, execution, outcome, error);
    };
    const run = (onDone: () => void, onError: (error: unknown, call: WrappedCall) => void) =>
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
    return {
      leave: (reason) => execution.unsubscribe(reason),
      run: (onDone, onError) => void (trace ? trace.run(() => run(onDone, onError)) : run(onDone, onError)),
    };
  }
}
