import type { Label } from '../label.js';
import type { StatePlan, StateTools } from '../state-family.js';
import type { ResolvedBulkhead } from './bulkhead.options.js';
import type { AdaptiveMetrics } from './concurrency-limit.js';

/** The options of a bulkhead, shared by those of all its keys. */
export interface BulkheadPlan extends StatePlan {
  readonly label: Label;
  readonly options: ResolvedBulkhead;
  readonly tools: StateTools;
}

/** The figures of a bulkhead at one moment, as plain JSON. */
export interface BulkheadSnapshot {
  readonly name: string;
  /** Attempts that may run at once. */
  readonly limit: number;
  readonly running: number;
  readonly queued: number;
  /** Calls refused since the bulkhead was made. */
  readonly rejected: number;
  /** How an adaptive bulkhead came to its limit. */
  readonly adaptive?: AdaptiveMetrics;
}
