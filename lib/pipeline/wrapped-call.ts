import type { CallWrapper, WrappedCall } from '../strategies/call-wrapper.js';
import { operationWith } from './operation.js';
import type { Operation } from './operation.js';
import type { CompiledPipeline } from './compiled-pipeline.js';
import { settleCall, UNKNOWN } from './settle.js';
import type { CallReport } from './settle.js';

/** Runs a call within the strategies around it; the call is settled once they are through. */
export async function runWrapped(
  pipeline: CompiledPipeline,
  wrappers: readonly CallWrapper[],
  operation: Operation,
  run: (reported: Operation) => Promise<unknown>,
): Promise<unknown> {
  const { shutdown, clock } = pipeline.deps;
  const report: CallReport = { attempts: 0, outcome: 'failure' };
  const startedAt = pipeline.isObserved ? clock.now() : UNKNOWN;
  const { self, args, key, signal } = operation;
  const call: WrappedCall = { self, args, key, signal, usedFallback: false };
  shutdown.enter();
  const end = (outcome: CallReport['outcome'], error?: unknown) => {
    const ending = { attemptsMade: report.attempts, startedAt, hasAnswered: false, operation: { key } };
    settleCall(pipeline, ending, outcome, error);
  };
  let inner: unknown;
  const innermost = () =>
    run(operationWith(operation, { report })).catch((error: unknown) => {
      inner = error;
      throw error;
    });
  try {
    const value = await wrappers.reduceRight(
      (next, wrapper) => () => wrapper.around(call, next),
      innermost,
    )();
    end(call.usedFallback ? 'fallback' : 'success');
    return value;
  } catch (error) {
    end(error === inner ? report.outcome : 'failure', error);
    throw error;
  }
}
