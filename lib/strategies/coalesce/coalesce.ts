import type { CacheSpace } from '../cache/cache-space.js';
import type { CallWrapper, RunInside, WrappedCall } from '../call-wrapper.js';
import { keyAsJudged, keyOfTenant, KeySource, partitionNow, UNKEPT } from '../keyed-call.js';
import type { ResolvedCoalesce } from './coalesce.options.js';

/** Concurrent calls of one key share one run (single flight). */
export class Coalesce implements CallWrapper {
  private readonly source: KeySource;

  constructor(
    readonly space: CacheSpace,
    readonly options: ResolvedCoalesce,
    private readonly partition: (() => string) | undefined,
  ) {
    this.source = new KeySource(space.name, space.classes, 'coalesce', options.key);
  }

  /** The name of the runs. */
  get name(): string {
    return this.space.name;
  }

  get isDropped(): boolean {
    return this.space.isDropped;
  }

  /** Runs the call, or waits for the run of another call of its key. */
  around(call: WrappedCall, inside: RunInside): Promise<unknown> {
    const { space } = this;
    call.counts ??= space.counts;
    call.freshFrom = Math.max(call.freshFrom, space.lastRemoval);
    const { cacheKey } = call;
    if (cacheKey instanceof Promise)
      return call.within(cacheKey).then((known: unknown) => {
        call.cacheKey = known;
        return this.around(call, inside);
      });
    if (cacheKey === UNKEPT) return inside(call);
    call.cache = 'miss';
    try {
      const partition = partitionNow(this.partition);
      const key = this.source.keyOf(call.self, call.args, call.attemptAt, cacheKey);
      const whole = keyOfTenant(partition, key);
      const keyNow = () => keyAsJudged(call, partition) ?? whole;
      return space.runs.share(whole, call, inside, { keyNow });
    } catch (error) {
      return Promise.reject(error);
    }
  }
}
