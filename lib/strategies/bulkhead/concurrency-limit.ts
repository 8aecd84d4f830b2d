import { mergeLayers } from '../../policy/layers.js';
import { adaptiveRules } from './bulkhead.options.js';
import type { ResolvedAdaptive, ResolvedBulkhead } from './bulkhead.options.js';

const DEFAULT_CEILING = 200;
/** Samples whose plain mean is taken before the average decays. */
const WARM_UP = 10;

/** The measurements of an adaptive limit; times are in milliseconds. @public */
export interface AdaptiveMetrics {
  /** The lowest limit there can be. */
  readonly floor: number;
  /** The highest limit there can be. */
  readonly ceiling: number;
  /** Calls that were looked at. */
  readonly samples: number;
  /** Latency of the latest calls, in milliseconds. */
  readonly shortLatency: number;
  /** Latency in the long run, in milliseconds. */
  readonly longLatency: number;
  /** The last factor: 1 lets the limit grow, 0.5 is the steepest fall. */
  readonly gradient: number;
}

/**
 * Finds how many calls an upstream takes at once: while latencies stay near their long-term average the limit grows
 * by `queue`, and falls with their ratio when calls begin to queue in the upstream (Gradient2).
 */
export class AdaptiveLimit {
  private estimate: number;
  private long = 0;
  private short = 0;
  private gradient = 1;
  private samples = 0;
  private readonly ceiling: number;

  constructor(
    private readonly options: ResolvedAdaptive,
    maxConcurrent: number | undefined,
  ) {
    this.ceiling = options.ceiling ?? maxConcurrent ?? Math.max(DEFAULT_CEILING, options.floor);
    this.estimate = this.clamp(options.initial);
  }

  get current(): number {
    return Math.floor(this.estimate);
  }

  get metrics(): AdaptiveMetrics {
    const { floor } = this.options;
    const { ceiling, samples, short: shortLatency, long: longLatency, gradient } = this;
    return { floor, ceiling, samples, shortLatency, longLatency, gradient };
  }

  /** Records a call: its latency, and the number of calls that ran when it began, itself included. */
  observe(latency: number, running: number): void {
    // a clock that does not tell two moments apart says nothing
    const short = (this.short = Math.max(latency, Number.EPSILON));
    this.average(short);
    // after a load that has gone the average is too high: it must not take as long to fall as it took to rise
    if (this.long / short > 2) this.long *= 0.95;
    // calls that do not use up the limit show nothing about it
    if (running < this.estimate / 2) return;
    const { tolerance, queue, smoothing } = this.options;
    this.gradient = Math.max(0.5, Math.min(1, (tolerance * this.long) / short));
    const next = this.estimate * this.gradient + queue;
    this.estimate = this.clamp(this.estimate * (1 - smoothing) + next * smoothing);
  }

  private average(latency: number): void {
    const known = this.samples++;
    const weight = known < WARM_UP ? 1 / (known + 1) : 2 / (this.options.window + 1);
    this.long += (latency - this.long) * weight;
  }

  private clamp(limit: number): number {
    return Math.min(this.ceiling, Math.max(Math.min(this.options.floor, this.ceiling), limit));
  }
}

/** The adaptive limit of a bulkhead's options, if they ask for one. */
export function adaptiveLimitOf({ adaptive, maxConcurrent }: ResolvedBulkhead): AdaptiveLimit | undefined {
  if (adaptive === false) return undefined;
  // what is written here are the keys that were given: the others have their defaults
  return new AdaptiveLimit(mergeLayers(adaptiveRules, adaptive === true ? [] : [adaptive]), maxConcurrent);
}
