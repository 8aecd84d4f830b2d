import { emitEvent } from '../../events/emit-event.js';
import type { ClassifyFailure } from '../../failures/classify-failure.js';
import type { MapKey } from '../call-key.js';
import { TICK_MS } from '../../clock/coarse-clock.js';
import type { CallWrapper, RunInside, RunWatcher, WrappedCall } from '../call-wrapper.js';
import { watched } from '../coalesce/runs.js';
import { keyOfTenant, KeySource, partitionNow, UNKEPT } from '../keyed-call.js';
import { isOneValue } from '../one-value.js';
import type { StrategyDeps } from '../strategy-definition.js';
import { CacheEntry } from './cache-entries.js';
import { CacheFinding, KeptRun } from './cache-finding.js';
import type { TimedAnswer } from './cache-finding.js';
import { Keeping } from './cache-space.js';
import type { CacheSpace } from './cache-space.js';
import { usefulFor } from './cache.options.js';
import type { ResolvedCache } from './cache.options.js';
import type { StoredAnswer } from './guarded-store.js';
import { answersFor } from './stale-answers.js';

/** The services that a cache works with. */
export interface CacheDeps extends Pick<StrategyDeps, 'clock' | 'coarse' | 'events'> {
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
    this.source = new KeySource(space.name, space.classes, 'cache', options.key);
  }

  /** The name of the answers. */
  get name(): string {
    return this.space.name;
  }

  get isDropped(): boolean {
    return this.space.isDropped;
  }

  /** Looks for a fresh answer in memory. */
  look(
    self: unknown,
    args: readonly unknown[],
    attemptAt?: number,
    cacheKey?: unknown,
  ): CacheFinding | undefined {
    // one that is asked for first, or none
    if (cacheKey === UNKEPT || cacheKey instanceof Promise) return undefined;
    const { space, deps, source } = this;
    const found = new CacheFinding(space.counts, this);
    try {
      found.partition = partitionNow(deps.partition);
      found.key = keyOfTenant(found.partition, source.keyOf(self, args, attemptAt, cacheKey));
    } catch (error) {
      found.failure = { error };
      return found;
    }
    if (space.store === undefined) this.lookUp(found);
    return found;
  }

  private lookUp(found: CacheFinding): void {
    const { clock, coarse } = this.deps;
    const ticked = coarse.now();
    const entry = this.space.entries.get(found.key, ticked);
    if (entry === undefined) return;
    // the time itself is read only where a tick could make a difference
    const now = ticked + TICK_MS < entry.expires ? ticked : clock.now();
    if (now < entry.expires) found.kept = entry;
    else if (now < entry.uselessAt) found.stale = entry;
  }

  /** Runs a call that was not answered at once, or answers with what a store has kept. */
  around(call: WrappedCall, inside: RunInside): Promise<unknown> {
    const { cacheKey } = call;
    if (cacheKey === UNKEPT) return inside(call);
    if (cacheKey instanceof Promise) return this.onceKeyed(call, cacheKey, inside);
    const found = call.found as CacheFinding;
    call.counts = this.space.counts;
    call.cache = 'miss';
    if (found.failure) return Promise.reject(found.failure.error);
    const asking = this.space.store?.get(found.key);
    return asking ? this.throughStore(call, found, inside, asking) : this.goOn(call, found, inside);
  }

  /** Waits for the key of a call, and answers it then. */
  private async onceKeyed(call: WrappedCall, key: Promise<unknown>, inside: RunInside): Promise<unknown> {
    call.cacheKey = await call.within(key);
    const found = this.look(call.self, call.args, call.attemptAt, call.cacheKey);
    call.found = found;
    if (!found?.kept) return this.around(call, inside);
    call.counts = found.counts;
    call.cache = 'hit';
    return found.kept.value;
  }

  private async throughStore(
    call: WrappedCall,
    found: CacheFinding,
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

  private goOn(call: WrappedCall, found: CacheFinding, inside: RunInside): Promise<unknown> {
    const { staleWhileRevalidate = 0, staleIfError = 0 } = this.options;
    const { stale } = found;
    if (stale && this.deps.clock.now() < stale.expires + staleWhileRevalidate) {
      call.cache = 'stale';
      this.renew(call, found, inside);
      return Promise.resolve(stale.value);
    }
    if (staleIfError === 0) return this.run(call, found, inside);
    // an answer from a store is of no use once it was taken away
    const held = stale && this.space.store && this.space.open(new Keeping(found.key, found.partition));
    const running = this.run(call, found, inside).catch((error: unknown) =>
      this.insteadOf(error, call, held?.isCurrent === false ? undefined : found),
    );
    return held ? running.finally(() => this.space.close(held)) : running;
  }

  private run(call: WrappedCall, found: CacheFinding, inside: RunInside): Promise<unknown> {
    call.freshFrom = this.space.lastRemoval;
    if (this.coalesces) return this.space.runs.share(found.key, call, inside, found);
    return watched(call, inside, found);
  }

  /** Renews an answer behind the call that it has answered, once at a time. */
  private renew(call: WrappedCall, found: CacheFinding, inside: RunInside): void {
    const { key } = found;
    const { runs, renewed } = this.space;
    const behind = renewed.has(key) ? undefined : call.behind();
    if (!behind) return;
    behind.freshFrom = this.space.lastRemoval;
    renewed.add(key);
    const end = () => void renewed.delete(key);
    const running = this.coalesces
      ? runs.share(key, behind, inside, found)
      : behind.join(behind.begin(inside, found.watch(behind)));
    running.then(end, end);
  }

  /** Notes that the result of a run is to be kept. */
  open(key: MapKey, partition: string | undefined, call: WrappedCall): RunWatcher {
    return this.space.open(new KeptRun(key, partition, call, this));
  }

  /** Keeps the result of a run, unless its key was taken away meanwhile. */
  end(run: KeptRun, value: unknown): void {
    this.drop(run);
    if (!run.isCurrent || value === undefined || !isOneValue(value) || !this.isCacheable(value)) return;
    const size = run.call.weigh ? run.call.weigh(value) : 0;
    if (size !== undefined) this.keep(run, value, size);
  }

  /** Keeps nothing of a run. */
  drop(run: KeptRun): void {
    this.space.close(run);
  }

  private keep(run: KeptRun, value: unknown, size: number): void {
    const { ttl = 0 } = this.options;
    const useful = usefulFor(this.options, ttl);
    const { store, entries } = this.space;
    const { call } = run;
    if (store) {
      const storedAt = this.deps.clock.wallNow();
      const stored = call.stored ? call.stored(value) : value;
      store.set(run.key, { value: stored, storedAt, expires: storedAt + ttl }, useful);
      return;
    }
    const now = this.deps.clock.now();
    const times = { storedAt: now, expires: now + ttl, uselessAt: now + useful };
    entries.set(new CacheEntry(run, value, times, size), call.maxBytes);
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
  private insteadOf(error: unknown, call: WrappedCall, found: CacheFinding | undefined): unknown {
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
