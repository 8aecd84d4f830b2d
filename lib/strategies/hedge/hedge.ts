import type { Label } from '../label.js';
import type { RetryBudget } from '../retry/retry-budget.js';
import type { KeyedState } from '../keyed-state.js';
import type { ResolvedHedge } from './hedge.options.js';
import type { Latencies, LatencyConfig } from './latencies.js';

/** The latencies of one name. */
export type LatencyFamily = KeyedState<Latencies, LatencyConfig>;

/** Decides when another attempt may start beside those that run. It waits for nothing and runs nothing. */
export class Hedge {
  constructor(
    readonly label: Label,
    readonly options: ResolvedHedge,
    private readonly deps: {
      /** Used where there is no retry whose budget it shares. */
      readonly budget: RetryBudget | undefined;
      readonly repeats: (error: unknown) => boolean;
      readonly latencies: LatencyFamily;
    },
  ) {}

  get name(): string {
    return this.label.name;
  }

  get latencies(): LatencyFamily {
    return this.deps.latencies;
  }

  /** The budget of its own. */
  get budget(): RetryBudget | undefined {
    return this.deps.budget;
  }

  /** True if another attempt may end better than this error. */
  repeats(error: unknown): boolean {
    return this.deps.repeats(error);
  }
}
