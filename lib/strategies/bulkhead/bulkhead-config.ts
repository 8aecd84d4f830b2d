import type { Label } from '../label.js';
import type { StateConfig, StateDeps } from '../keyed-state.js';
import type { ResolvedBulkhead } from './bulkhead.options.js';
import type { AdaptiveMetrics } from './concurrency-limit.js';

/** The options of a bulkhead, shared by those of all its keys. */
export interface BulkheadConfig extends StateConfig {
  readonly label: Label;
  readonly options: ResolvedBulkhead;
  readonly deps: StateDeps;
}

/** The figures of a bulkhead at one moment, as plain JSON. @public */
export interface BulkheadSnapshot {
  /** `orders`, or `orders[tenant-1]` for a key. */
  readonly name: string;
  /** Attempts that may run at once. */
  readonly limit: number;
  /** Attempts that run now. */
  readonly running: number;
  /** Calls that wait for a place. */
  readonly queued: number;
  /** Calls refused since the bulkhead was made. */
  readonly rejected: number;
  /** The measurements behind the limit of an adaptive bulkhead. */
  readonly adaptive?: AdaptiveMetrics;
}

/** A bulkhead at work, as `BulkheadRegistry` shows it. @public */
export interface BulkheadState {
  /** `orders`, or `orders[tenant-1]` for a key. */
  readonly name: string;
  /** Attempts that may run at once. */
  readonly limit: number;
  /** Attempts that run now. */
  readonly running: number;
  /** Calls that wait for a place. */
  readonly queued: number;
  /** The bulkhead as plain JSON. */
  snapshot(): BulkheadSnapshot;
}
