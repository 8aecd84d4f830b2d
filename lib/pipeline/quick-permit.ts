import { REFUSED } from '../strategies/circuit-breaker/circuit-state.js';
import { Permit } from './guards/permit.js';
import type { PipelineParts } from './pipeline-parts.js';
import { stateOf } from './operation.js';

/**
 * Permission for a first attempt if no guard makes it wait or refuses it; else nothing has been taken or counted, and
 * the guards are to be asked in the way that can wait. A user's key function that throws is told of in that way, too.
 */
// the hot path: each guard is asked in place
// eslint-disable-next-line complexity
export function quickPermit(
  { circuits, rateLimits, bulkheads }: PipelineParts,
  args: readonly unknown[],
  key?: string,
): Permit | undefined {
  try {
    const limit = rateLimits === undefined ? undefined : stateOf(rateLimits, args, key);
    const bulkhead = bulkheads === undefined ? undefined : stateOf(bulkheads, args, key);
    const circuit = circuits === undefined ? undefined : stateOf(circuits, args, key);
    if (bulkhead !== undefined && !bulkhead.hasRoom) return undefined;
    const number = circuit === undefined ? 0 : circuit.admit();
    if (number === REFUSED) return undefined;
    if (limit !== undefined && !limit.take()) {
      circuit?.release(number);
      return undefined;
    }
    if (bulkhead !== undefined) bulkhead.occupy();
    return new Permit(circuit, number, bulkhead);
  } catch {
    return undefined;
  }
}
