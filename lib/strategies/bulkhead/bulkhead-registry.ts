import type { KeyedState } from '../keyed-state.js';
import { StateRegistry } from '../state-registry.js';
import type { Bulkhead } from './bulkhead.js';
import type { BulkheadConfig, BulkheadSnapshot, BulkheadState } from './bulkhead-config.js';

/** The bulkheads of one name. */
export type BulkheadFamily = KeyedState<Bulkhead, BulkheadConfig>;

/**
 * All bulkheads of one application; inject it to see how many calls run and wait, and which limit an adaptive one has found.
 *
 * @example
 * ```ts
 * for (const { name, running, limit } of bulkheads.snapshot()) gauge(name, running / limit);
 * ```
 * @public
 */
export class BulkheadRegistry extends StateRegistry<BulkheadState, BulkheadSnapshot> {}
