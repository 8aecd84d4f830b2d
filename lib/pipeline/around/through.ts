import type { CallWrapper, RunInside, SharedRun, WrappedCall } from '../../strategies/call-wrapper.js';

/** A call that passes strategies, and is run inside of them. */
export interface PassingCall extends WrappedCall {
  /** Runs the call without the strategies around it. */
  runInside(shared?: SharedRun): Promise<unknown>;
}

/** The inside of the innermost strategy. */
const innermost: RunInside = (call, shared) => (call as PassingCall).runInside(shared);

/** Sends a call through the strategies around it, outermost first. */
export function through(wrappers: readonly CallWrapper[], call: PassingCall): Promise<unknown> {
  if (wrappers.length === 1) return wrappers[0].around(call, innermost);
  const outermost = wrappers.reduceRight<RunInside>(
    (inside, wrapper) => (passing) => wrapper.around(passing, inside),
    innermost,
  );
  return outermost(call);
}

/** The answer of a strategy in place of a stream that has failed; without one the error is thrown. */
export function recover(wrappers: readonly CallWrapper[], error: unknown, call: WrappedCall): unknown {
  for (const wrapper of wrappers) if (wrapper.recover) return wrapper.recover(error, call);
  throw error;
}
