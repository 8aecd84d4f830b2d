import type { State, StateConfig } from '../keyed-state.js';
import type { ResolvedHedge } from './hedge.options.js';

/** Latencies that are remembered. */
const MOST_LATENCIES = 1000;
/** Fewer say nothing about a 95th percentile. */
const WARM_UP = 20;
/** The percentile is worked out anew after so many latencies. */
const REFRESH_AFTER = 20;

/** The options of a hedge, shared by those of all its keys. */
export interface LatencyConfig extends StateConfig {
  readonly options: ResolvedHedge;
}

/** The latest latencies of a method or a key, from which a hedge takes its delay. */
export class Latencies implements State<LatencyConfig> {
  private ring: Float64Array | undefined = undefined;
  private count = 0;
  private known: number | undefined = undefined;
  private knownAt = 0;

  constructor(private config: LatencyConfig) {}

  /** True at any time: a latency that was seen may be seen again, so dropping the record loses nothing. */
  readonly isIdle = true;

  reconfigure(config: LatencyConfig): void {
    this.config = config;
    this.known = undefined;
  }

  /** Milliseconds to wait before a hedge; undefined while too little is known. */
  get delay(): number | undefined {
    const { delay } = this.config.options;
    return typeof delay === 'object' ? this.percentile(delay.share) : delay;
  }

  /** True if the delay depends on what is recorded. */
  get isLearning(): boolean {
    return typeof this.config.options.delay === 'object';
  }

  /**
   * Remembers how long an attempt took. One that lost took longer than this, and has to be counted too: without
   * the slow ones the percentile would sink with every hedge that wins.
   */
  record(latency: number): void {
    this.ring ??= new Float64Array(MOST_LATENCIES);
    this.ring[this.count++ % MOST_LATENCIES] = latency;
  }

  private percentile(share: number): number | undefined {
    const { ring, count } = this;
    if (!ring || count < WARM_UP) return undefined;
    if (this.known === undefined || count - this.knownAt >= REFRESH_AFTER) {
      const sorted = ring.slice(0, Math.min(count, MOST_LATENCIES)).sort();
      // the nearest rank; a hair less, as 0.999 · 1000 may be 999.0000000000001
      this.known = sorted[Math.max(1, Math.ceil(share * sorted.length - 1e-9)) - 1];
      this.knownAt = count;
    }
    return this.known;
  }
}
