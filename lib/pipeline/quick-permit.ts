import { REFUSED } from '../strategies/circuit-breaker/circuit-state.js';
import { Permit } from './permit.js';
import type { PipelineParts } from './pipeline-parts.js';

/**
 * Permission for a first attempt if no guard makes it wait or refuses it; else nothing has been taken or counted, and
 * the guards are to be asked in the way that can wait.
 *
 * @param now - monotonic milliseconds, where a guard needs them
 */
// the hot path: each guard is asked in place
// eslint-disable-next-line complexity
export function quickPermit(
  { circuits, rateLimits, bulkheads }: PipelineParts,
  args: readonly unknown[],
  now: number,
): Permit | undefined {
  const limit = rateLimits?.forCall(args);
  const bulkhead = bulkheads?.forCall(args);
  if (bulkhead?.hasRoom === false) return undefined;
  const circuit = circuits?.forCall(args);
  const number = circuit ? circuit.admit() : 0;
  if (number === REFUSED) return undefined;
  if (limit?.take(now) === false) {
    circuit?.release(number);
    return undefined;
  }
  bulkhead?.enter();
  return new Permit(circuit, number, bulkhead, now);
}
