import type { CallWrapper, WrappedCall } from '../strategies/call-wrapper.js';
import { operationWith } from './operation.js';
import type { Operation } from './operation.js';
import { enterCall, newReport, settleCall, UNKNOWN_START } from './settle.js';
import type { CallReport, ObservedPipeline } from './settle.js';

/** Runs a call within the strategies around it; the call is settled once they are through. */
export async function runWrapped(
  pipeline: ObservedPipeline,
  wrappers: readonly CallWrapper[],
  operation: Operation,
  run: (reported: Operation) => Promise<unknown>,
): Promise<unknown> {
  const { clock } = pipeline.deps;
  const report = newReport();
  const startedAt = pipeline.isTimed ? clock.now() : UNKNOWN_START;
  const { self, args, key, signal, trace } = operation;
  const call: WrappedCall = { self, args, key, signal, usedFallback: false };
  enterCall(pipeline, operation);
  const ended = { startedAt, hasAnswered: false, operation: { key, trace } };
  const end = (outcome: CallReport['outcome'], error?: unknown) =>
    settleCall(pipeline, { ...ended, ...report, attemptsMade: report.attempts }, outcome, error);
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
