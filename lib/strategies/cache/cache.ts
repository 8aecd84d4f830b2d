import { emitEvent } from '../../events/emit-event.js';
import type { ClassifyFailure } from '../../failures/classify-failure.js';
import { TICK_MS } from '../../clock/coarse-clock.js';
import type { AnswerJudge, CallWrapper, RunInside, WrappedCall } from '../call-wrapper.js';
import { watched } from '../coalesce/runs.js';
import { keyOfTenant, KeySource, partitionNow, UNKEPT } from '../keyed-call.js';
import type { StrategyDeps } from '../strategy-definition.js';
import { CacheFinding } from './cache-finding.js';
import type { TimedAnswer } from './cache-finding.js';
import { Keeping } from './cache-space.js';
import type { CacheSpace } from './cache-space.js';
import type { ResolvedCache } from './cache.options.js';
import type { StoredAnswer } from './guarded-store.js';
import { AnswerKeeper } from './answer-keeper.js';
import { answersFor } from './stale-answers.js';

/** The services that a cache works with. */
export interface CacheDeps extends Pick<StrategyDeps, 'clock' | 'coarse' | 'events'> {
  readonly classify: ClassifyFailure;
  readonly partition: (() => string) | undefined;
}

/** Answers calls with what earlier ones have returned. */
export class Cache implements CallWrapper {
  private readonly source: KeySource;
  private readonly keeper: AnswerKeeper;

  /** @param coalesces - true if concurrent calls of one key share one run, and no strategy further in cares for that */
  constructor(
    readonly space: CacheSpace,
    readonly options: ResolvedCache,
    private readonly coalesces: boolean,
    private readonly deps: CacheDeps,
  ) {
    this.source = new KeySource(space.name, space.classes, 'cache', options.key);
    this.keeper = new AnswerKeeper(space, options, deps);
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
    const found = new CacheFinding(space.counts, this.keeper);
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
    found.stale = stored && this.timed(stored, call);
    return this.goOn(call, found, inside);
  }

  private goOn(call: WrappedCall, found: CacheFinding, inside: RunInside): Promise<unknown> {
    const { judge } = call.answers;
    const { stale } = found;
    const use = stale ? this.useOf(stale, judge) : 'miss';
    if (stale && use !== 'miss') {
      call.cache = use;
      if (use === 'stale') this.renew(call, found, inside);
      return Promise.resolve(stale.value);
    }
    const refusal = judge?.refusal();
    if (refusal) return Promise.reject(refusal);
    const mayStandIn = judge !== undefined || (this.options.staleIfError ?? 0) > 0;
    return mayStandIn ? this.runOrStandIn(call, found, inside) : this.run(call, found, inside);
  }

  /** Runs a call, and answers with the stale answer if it fails. */
  private runOrStandIn(call: WrappedCall, found: CacheFinding, inside: RunInside): Promise<unknown> {
    const { stale } = found;
    // an answer from a store is of no use once it was taken away
    const held = stale && this.space.store && this.space.open(new Keeping(found.key, found.partition));
    const running = this.run(call, found, inside).catch((error: unknown) =>
      this.insteadOf(error, call, held?.isCurrent === false ? undefined : found),
    );
    return held ? running.finally(() => this.space.close(held)) : running;
  }

  /** The use of an answer for a call that was not answered by a fresh one in memory. */
  private useOf({ value, expires }: TimedAnswer, judge: AnswerJudge | undefined): 'hit' | 'stale' | 'miss' {
    if (judge) return judge.useOf(value);
    const lateness = this.deps.clock.now() - expires;
    if (lateness < 0) return 'hit';
    return lateness < (this.options.staleWhileRevalidate ?? 0) ? 'stale' : 'miss';
  }

  private run(call: WrappedCall, found: CacheFinding, inside: RunInside): Promise<unknown> {
    call.freshFrom = this.space.lastRemoval;
    call.answers.judge?.askAbout(found.stale?.value);
    if (!this.coalesces) return watched(call, inside, found);
    return this.space.runs.share(found.key, call, inside, found);
  }

  /** Renews an answer behind the call that it has answered, once at a time. */
  private renew(call: WrappedCall, found: CacheFinding, inside: RunInside): void {
    const { key } = found;
    const { runs, renewed } = this.space;
    const behind = renewed.has(key) ? undefined : call.behind();
    if (!behind) return;
    behind.freshFrom = this.space.lastRemoval;
    behind.answers.judge?.askAbout(found.stale?.value);
    renewed.add(key);
    const end = () => void renewed.delete(key);
    const running = this.coalesces
      ? runs.share(key, behind, inside, found)
      : behind.join(behind.begin(inside, found.watch(behind)));
    running.then(end, end);
  }

  /** Takes answers of the present tenant away that are wrong by now. */
  outdate(written: () => unknown): void {
    try {
      this.space.outdate(partitionNow(this.deps.partition), written());
    } catch (thrown) {
      this.deps.events.report(`A key of the cache '${this.name}'`, thrown);
    }
  }

  /** The stale answer in place of a failure; throws the error where there is none. */
  private insteadOf(error: unknown, call: WrappedCall, found: CacheFinding | undefined): unknown {
    const { clock } = this.deps;
    const { staleIfError = 0 } = this.options;
    const now = clock.now();
    // one that was renewed meanwhile is better than the one that was found
    const stale = found && (this.space.store ? found.stale : this.space.entries.get(found.key, now));
    const { judge } = call.answers;
    const mayBeUsed = ({ value, expires }: TimedAnswer) =>
      judge ? judge.mayStandIn(value) : now < expires + staleIfError;
    if (!stale || !mayBeUsed(stale) || !answersFor(error, call, this.deps)) throw error;
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
    const value = call.answers.restored(kept);
    if (value === undefined) this.space.store?.tellGarbage();
    const ahead = clock.now() - clock.wallNow();
    return value === undefined ? undefined : { value, storedAt: storedAt + ahead, expires: expires + ahead };
  }
}
