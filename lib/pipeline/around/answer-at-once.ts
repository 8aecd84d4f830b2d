import type { Finding } from '../../strategies/call-wrapper.js';
import type { Operation } from '../operation.js';
import type { ObservedPipeline } from '../settle.js';

/**
 * Answers a call with what was found, where nothing but the figures hears of it: no object is made for the call. Undefined where
 * there is no answer, or something watches.
 *
 * @param operation - that of the call, where one was made
 */
export function answerAtOnce(
  { deps, figures }: ObservedPipeline,
  found: Finding | undefined,
  operation?: Operation,
): Promise<unknown> | undefined {
  if (found?.kept === undefined || deps.events.observesCalls || deps.shutdown.isClosed) return undefined;
  const { value } = found.kept;
  if (operation !== undefined) {
    if (operation.trace !== undefined) return undefined;
    operation.acquired?.cancel();
  }
  found.counts.hit++;
  figures?.countHit();
  return Promise.resolve(operation?.answers ? operation.answers.told(value, 'hit', 0) : value);
}
