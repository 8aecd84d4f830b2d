import { emitEvent } from '../../events/emit-event.js';
import type { ClassifyFailure } from '../../failures/classify-failure.js';
import type { MapKey } from '../call-key.js';
import type { CallWrapper, KeptAnswer, RunInside, WrappedCall } from '../call-wrapper.js';
import { keyOfCall, keyOfTenant, partitionNow, UNKEPT } from '../keyed-call.js';
import type { KeySource } from '../keyed-call.js';
import { isOneValue } from '../one-value.js';
import type { StrategyDeps } from '../strategy-definition.js';
import { CacheEntry } from './cache-entries.js';
import type { CacheSpace, Keeping } from './cache-space.js';
import { usefulFor } from './cache.options.js';
import type { ResolvedCache } from './cache.options.js';
import type { StoredAnswer } from './guarded-store.js';
import { answersFor } from './stale-answers.js';

/** An answer with its times, in monotonic milliseconds. */
type TimedAnswer = Pick<CacheEntry, 'value' | 'storedAt' | 'expires'>;

/** The findings of a call that was not answered at once. */
class Found {
  /** An answer that is no longer fresh. */
  stale: TimedAnswer | undefined = undefined;
  /** Set if there is no key. */
  failure: { readonly error: unknown } | undefined = undefined;
  partition: string | undefined = undefined;
  key: MapKey = undefined;
}

/** The services that a cache works with. */
export interface CacheDeps extends Pick<StrategyDeps, 'clock' | 'events'> {
  readonly classify: ClassifyFailure;
  readonly partition: (() => string) | undefined;
}

/** Answers calls with what earlier ones have returned. */
export class Cache implements CallWrapper {
  private readonly source: KeySource;

  /** @param coalesces - true if concurrent calls of one key share one run, and no strategy further in cares for that */
  constructor(
    readonly space: CacheSpace,
    readonly options: ResolvedCache,
    private readonly coalesces: boolean,
    private readonly deps: CacheDeps,
  ) {
    this.source = { name: space.name, classes: space.classes, strategy: 'cache', key: options.key };
  }

  /** The name of the answers. */
  get name(): string {
    return this.space.name;
  }

  get isDropped(): boolean {
    return this.space.isDropped;
  }

  /** The fresh answer in memory, if there is one. */
  answer(call: WrappedCall): KeptAnswer | undefined {
    const { cacheKey } = call;
    // one that is asked for first, or none
    if (cacheKey === UNKEPT || cacheKey instanceof Promise) return undefined;
    call.counts = this.space.counts;
    return this.lookUp(call, (call.found = new Found()));
  }

  private lookUp(call: WrappedCall, found: Found): KeptAnswer | undefined {
    const { space, deps } = this;
    try {
      found.partition = partitionNow(deps.partition);
      const key = keyOfCall(call, this.source);
      found.key = keyOfTenant(found.partition, key);
    } catch (error) {
      found.failure = { error };
      return undefined;
    }
    if (space.store) return undefined;
    const now = deps.clock.now();
    const entry = space.entries.get(found.key, now);
    if (entry === undefined) return undefined;
    if (now < entry.expires) return entry;
    found.stale = entry;
    return undefined;
  }

  /** Runs a call that was not answered at once, or answers with what a store has kept. */
  around(call: WrappedCall, inside: RunInside): Promise<unknown> {
    const { cacheKey } = call;
    if (cacheKey === UNKEPT) return inside(call);
    if (cacheKey instanceof Promise) return this.onceKeyed(call, cacheKey, inside);
    const found = call.found as Found;
    call.cache = 'miss';
    if (found.failure) return Promise.reject(found.failure.error);
    const asking = this.space.store?.get(found.key);
    return asking ? this.throughStore(call, found, inside, asking) : this.goOn(call, found, inside);
  }

  /** Waits for the key of a call, and answers it then. */
  private async onceKeyed(call: WrappedCall, key: Promise<unknown>, inside: RunInside): Promise<unknown> {
    call.cacheKey = await call.within(key);
    const kept = this.answer(call);
    if (!kept) return this.around(call, inside);
    call.cache = 'hit';
    return kept.value;
  }

  private async throughStore(
    call: WrappedCall,
    found: Found,
    inside: RunInside,
    asking: Promise<StoredAnswer | undefined>,
  ): Promise<unknown> {
    const stored = await call.within(asking);
    const answer = stored && this.timed(stored, call);
    if (answer) {
      if (this.deps.clock.now() < answer.expires) {
        call.cache = 'hit';
        return answer.value;
      }
      found.stale = answer;
    }
    return this.goOn(call, found, inside);
  }

  private goOn(call: WrappedCall, found: Found, inside: RunInside): Promise<unknown> {
    const { staleWhileRevalidate = 0, staleIfError = 0 } = this.options;
    const { stale } = found;
    if (stale && this.deps.clock.now() < stale.expires + staleWhileRevalidate) {
      call.cache = 'stale';
      this.renew(call, found, inside);
      return Promise.resolve(stale.value);
    }
    if (staleIfError === 0) return this.run(call, found, inside);
    // an answer from a store is of no use once it was taken away
    const held = stale && this.space.store && this.space.open(found.key, found.partition);
    const running = this.run(call, found, inside).catch((error: unknown) =>
      this.insteadOf(error, call, held?.isCurrent === false ? undefined : found),
    );
    return held ? running.finally(() => this.space.close(held)) : running;
  }

  private run(call: WrappedCall, { key, partition }: Found, inside: RunInside): Promise<unknown> {
    call.freshFrom = this.space.lastRemoval;
    const keeping = this.keeping(key, partition, inside);
    return this.coalesces ? this.space.runs.share(key, call, keeping) : keeping(call);
  }

  /** Renews an answer behind the call that it has answered, once at a time. */
  private renew(call: WrappedCall, { key, partition }: Found, inside: RunInside): void {
    const { runs, renewed } = this.space;
    const behind = renewed.has(key) ? undefined : call.behind();
    if (!behind) return;
    behind.freshFrom = this.space.lastRemoval;
    renewed.add(key);
    const keeping = this.keeping(key, partition, inside);
    const end = () => void renewed.delete(key);
    const running = this.coalesces
      ? runs.share(key, behind, keeping)
      : behind.join(behind.begin((_, shared) => keeping(behind, shared)));
    running.then(end, end);
  }

  /** Runs the inside of a call, whose result is kept unless its key is taken away meanwhile. */
  private keeping(key: MapKey, partition: string | undefined, inside: RunInside): RunInside {
    return (call, shared) => {
      const keeping = this.space.open(key, partition);
      const running = inside(call, shared);
      running.then(
        (value) => this.end(keeping, value, call),
        () => this.space.close(keeping),
      );
      return running;
    };
  }

  private end(keeping: Keeping, value: unknown, call: WrappedCall | undefined): void {
    this.space.close(keeping);
    if (!keeping.isCurrent || value === undefined || !isOneValue(value) || !this.isCacheable(value)) return;
    const size = call?.weigh ? call.weigh(value) : 0;
    if (size !== undefined) this.keep(keeping, value, size, call);
  }

  private keep(kept: Keeping, value: unknown, size: number, call: WrappedCall | undefined): void {
    const { ttl = 0 } = this.options;
    const useful = usefulFor(this.options, ttl);
    const { store, entries } = this.space;
    if (store) {
      const storedAt = this.deps.clock.wallNow();
      const stored = call?.stored ? call.stored(value) : value;
      store.set(kept.key, { value: stored, storedAt, expires: storedAt + ttl }, useful);
      return;
    }
    const now = this.deps.clock.now();
    const times = { storedAt: now, expires: now + ttl, uselessAt: now + useful };
    const entry = new CacheEntry(kept, value, times, size);
    entries.set(entry, call?.maxBytes);
  }

  private isCacheable(value: unknown): boolean {
    const { cacheable } = this.options;
    try {
      return cacheable === undefined || cacheable(value as never) === true;
    } catch (thrown) {
      this.deps.events.report(`The 'cacheable' of '${this.name}'`, thrown);
      return false;
    }
  }

  /** The stale answer in place of a failure; throws the error where there is none. */
  private insteadOf(error: unknown, call: WrappedCall, found: Found | undefined): unknown {
    const { clock } = this.deps;
    const { staleIfError = 0 } = this.options;
    const now = clock.now();
    // one that was renewed meanwhile is better than the one that was found
    const stale = found && (this.space.store ? found.stale : this.space.entries.get(found.key, now));
    if (!stale || now >= stale.expires + staleIfError || !answersFor(error, call, this.deps)) throw error;
    call.cache = 'stale';
    call.usedFallback = true;
    const age = now - stale.storedAt;
    emitEvent('cache.stale-served', { ...call.label, key: call.key }, this.deps, { error, age });
    return stale.value;
  }

  /** An answer of a store with the times of this process's clock. */
  private timed(
    { value: kept, storedAt, expires }: StoredAnswer,
    call: WrappedCall,
  ): TimedAnswer | undefined {
    const { clock } = this.deps;
    const value = call.restored ? call.restored(kept) : kept;
    if (value === undefined) this.space.store?.tellGarbage();
    const ahead = clock.now() - clock.wallNow();
    return value === undefined ? undefined : { value, storedAt: storedAt + ahead, expires: expires + ahead };
  }
}
