import { REFUSED } from '../strategies/circuit-breaker/circuit-state.js';
import { Permit } from './permit.js';
import type { PipelineParts } from './pipeline-parts.js';

/**
 * Permission for a first attempt if no guard makes it wait or refuses it; else nothing has been taken or counted, and
 * the guards are to be asked in the way that can wait.
 */
// the hot path: each guard is asked in place
// eslint-disable-next-line complexity
export function quickPermit(
  { circuits, rateLimits, bulkheads }: PipelineParts,
  args: readonly unknown[],
): Permit | undefined {
  const limit = rateLimits === undefined ? undefined : rateLimits.forCall(args);
  const bulkhead = bulkheads === undefined ? undefined : bulkheads.forCall(args);
  const circuit = circuits === undefined ? undefined : circuits.forCall(args);
  if (bulkhead !== undefined && !bulkhead.hasRoom) return undefined;
  const number = circuit === undefined ? 0 : circuit.admit();
  if (number === REFUSED) return undefined;
  if (limit !== undefined && !limit.take()) {
    circuit?.release(number);
    return undefined;
  }
  if (bulkhead !== undefined) bulkhead.occupy();
  return new Permit(circuit, number, bulkhead);
}
