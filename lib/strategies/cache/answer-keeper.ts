import { keyOfValue } from '../call-key.js';
import type { MapKey } from '../call-key.js';
import type { AnswerLifetime, RunWatcher, WrappedCall } from '../call-wrapper.js';
import { keyOfTenant } from '../keyed-call.js';
import { isOneValue } from '../one-value.js';
import type { StrategyDeps } from '../strategy-definition.js';
import { CacheEntry } from './cache-entries.js';
import { KeptRun } from './cache-finding.js';
import type { CacheSpace } from './cache-space.js';
import { lifetimeOf } from './cache.options.js';
import type { ResolvedCache } from './cache.options.js';

/** Keeps the results of the runs of a cache. */
export class AnswerKeeper {
  /** For answers that say nothing of it themselves. */
  private readonly lifetime: AnswerLifetime;

  constructor(
    private readonly space: CacheSpace,
    private readonly options: ResolvedCache,
    private readonly deps: Pick<StrategyDeps, 'clock' | 'events'>,
  ) {
    this.lifetime = lifetimeOf(options);
  }

  /** Notes that the result of a run is to be kept. */
  open(key: MapKey, partition: string | undefined, call: WrappedCall): RunWatcher {
    return this.space.open(new KeptRun(key, partition, call, this));
  }

  /** Keeps the result of a run, unless its key was taken away meanwhile. */
  end(run: KeptRun, value: unknown): void {
    this.drop(run);
    if (!run.isCurrent || value === undefined || !isOneValue(value)) return;
    const { answers } = run.call;
    const { judge } = answers;
    const size = this.isCacheable(value) ? answers.weigh(value) : undefined;
    const lifetime = judge ? judge.lifetimeOf(value) : this.lifetime;
    if (size !== undefined && lifetime) this.keep(run, value, size, lifetime);
    // what has come in the place of an answer is not to be kept: the old one is wrong
    else if (judge) this.forget(run.key);
  }

  private forget(key: MapKey): void {
    this.space.entries.delete(key);
    this.space.store?.forget(key);
  }

  /** Keeps nothing of a run. */
  drop(run: KeptRun): void {
    this.space.close(run);
  }

  private keep({ key, partition, call }: KeptRun, value: unknown, size: number, life: AnswerLifetime): void {
    const { answers } = call;
    const { judge, maxBytes } = answers;
    const ownKey = judge ? keyOfTenant(partition, keyOfValue(judge.keyOf(value))) : key;
    // RFC 9111 §4: of several answers that are for a request the latest one counts
    if (ownKey !== key) this.forget(key);
    const { store, entries } = this.space;
    if (store) {
      const storedAt = this.deps.clock.wallNow();
      store.set(
        ownKey,
        { value: answers.stored(value), storedAt, expires: storedAt + life.fresh },
        // some stores take whole numbers only
        Math.ceil(life.useful),
      );
      return;
    }
    const now = this.deps.clock.now();
    // one that is judged is never fresh for its time alone
    const expires = judge ? -Infinity : now + life.fresh;
    const times = { storedAt: now, expires, uselessAt: now + life.useful };
    entries.set(new CacheEntry({ key: ownKey, partition }, value, times, size), maxBytes);
  }

  private isCacheable(value: unknown): boolean {
    const { cacheable } = this.options;
    try {
      return cacheable === undefined || cacheable(value as never) === true;
    } catch (thrown) {
      this.deps.events.report(`The 'cacheable' of '${this.space.name}'`, thrown);
      return false;
    }
  }
}
