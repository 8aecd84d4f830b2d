import { Bulkhead } from '../../../strategies/bulkhead/bulkhead.js';
import { bulkheadRules } from '../../../strategies/bulkhead/bulkhead.options.js';
import { mergeLayers } from '../../../policy/layers.js';
import type { BulkheadConfig } from '../../../strategies/bulkhead/bulkhead-config.js';
import { Guard } from '../../../strategies/guard.js';
import type { StateDeps } from '../../../strategies/keyed-state.js';

/** The places of one origin: each call under way has one, and the others wait in the order in which they came. */
export class OriginSlots extends Bulkhead {
  override get isHeldOn(): boolean {
    return true;
  }
}

/** Limits of the calls of a client that are under way, and of those that wait, per origin. */
export interface SlotLimits {
  /** The client's name. */
  readonly name: string;
  readonly connections: number;
  readonly maxPending: number;
}

/** The configuration of slots; a slot is a place in a bulkhead that is called after the client and the origin. */
export function slotConfig({ name, connections, maxPending }: SlotLimits, deps: StateDeps): BulkheadConfig {
  const limits = { maxConcurrent: connections, maxQueue: maxPending };
  return { label: { name }, options: mergeLayers(bulkheadRules, [limits]), deps };
}

/** The guard of a call whose connections are the business of another: a dispatcher, or a transport. */
class NoSlots extends Guard {
  readonly name = 'none';
  readonly strategy = 'bulkhead';

  acquire(): number {
    return 0;
  }

  refuse(): Error {
    return new Error('it refuses nothing');
  }
}

export const NO_SLOTS: Guard = new NoSlots();
