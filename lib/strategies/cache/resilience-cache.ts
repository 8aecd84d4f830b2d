import { keyOfValue, NO_KEY } from '../call-key.js';
import type { CacheKey } from '../call-key.js';
import { keyOfTenant, partitionNow } from '../keyed-call.js';
import type { CacheSpace, CacheStats } from './cache-space.js';
import type { CacheStore } from './cache-store.js';
import { GuardedStore } from './guarded-store.js';
import type { StoreHealth, StoreServices } from './guarded-store.js';

/** `cache` in the options of the module: what all caches have in common. */
export interface CacheDefaults {
  readonly store?: CacheStore | undefined;
  readonly partition?: (() => string) | undefined;
}

/**
 * The answers that are kept in an application, to take them away by hand.
 *
 * @example
 * ```ts
 * await cache.delete('RatesService.rate', ['EUR']); // the arguments, or what the `key` function returns
 * await cache.clear('rates'); // also the name of a policy
 * ```
 * @public
 */
export class ResilienceCache {
  private readonly spaces = new Set<CacheSpace>();
  private readonly health = new WeakMap<CacheStore, StoreHealth>();
  private deps: StoreServices | undefined;

  /** @internal */
  constructor(
    /** @internal */
    readonly defaults: CacheDefaults = {},
  ) {}

  /**
   * Takes away all answers of a name, those of its runs under way included, or with a key just that one. The name is
   * `Class.method`, the one given to `execute`, a client's, that in the options, or a policy's, which stands for all that use it.
   * With `cache.partition` only answers of the present tenant leave.
   *
   * @throws Error (as a rejection) for a store that cannot list its keys, without a key
   */
  async clear(name: string, key?: CacheKey): Promise<void> {
    // a key may be `undefined`, where it is said
    if (arguments.length > 1) return this.delete(name, key);
    const partition = partitionNow(this.defaults.partition);
    const spaces = this.named(name);
    await all(spaces.map((space) => space.clear(partition)));
    if (spaces.length === 0) await this.clearUnknown(name, partition);
  }

  /**
   * Takes away the answer of a key, that of its run under way included.
   *
   * @param key - what the `key` function returns, or the list of the arguments, or the URL
   */
  async delete(name: string, key: CacheKey): Promise<void> {
    const partition = partitionNow(this.defaults.partition);
    const spaces = this.named(name);
    await all(spaces.map((space) => space.delete(partition, key)));
    if (spaces.length === 0) await this.deleteUnknown(name, partition, key);
  }

  /** The calls of all caches, and of all `@Coalesce()`, by what has answered them; plain JSON. */
  stats(): CacheStats[] {
    return [...this.spaces].map((space) => space.stats());
  }

  /** @internal */
  add(space: CacheSpace): void {
    this.spaces.add(space);
  }

  /** @internal */
  remove(space: CacheSpace): void {
    space.isDropped = true;
    this.spaces.delete(space);
  }

  /** @internal Sets the services that stores are guarded with. */
  useDeps(deps: StoreServices): void {
    this.deps = deps;
  }

  /** @internal The state of a store, for all caches that use it. */
  readonly healthOf = (store: CacheStore): StoreHealth => {
    const known = this.health.get(store) ?? { leftAloneUntil: -Infinity };
    this.health.set(store, known);
    return known;
  };

  /** A second `Class.method#2` answers to the name of the first one, too. */
  private named(name: string): CacheSpace[] {
    const spaces = [...this.spaces];
    const isNumbered = (space: CacheSpace) => space.name.startsWith(`${name}#`);
    return spaces.filter((space) => space.name === name || space.policy === name || isNumbered(space));
  }

  /** A name of a call that this process has not made yet may have answers in the store of all. */
  private async deleteUnknown(name: string, partition: string | undefined, written: CacheKey): Promise<void> {
    const key = keyOfValue(written);
    if (key !== NO_KEY) await this.storeOf(name)?.delete(keyOfTenant(partition, key));
  }

  private async clearUnknown(name: string, partition: string | undefined): Promise<void> {
    await this.storeOf(name)?.clear(partition);
  }

  /** The store of all, for the answers of a name; undefined where there is none. */
  private storeOf(name: string): GuardedStore | undefined {
    const { defaults, deps, healthOf } = this;
    return defaults.store && deps && new GuardedStore(defaults.store, { name }, { ...deps, healthOf });
  }
}

/** Waits for all, and then rejects with the first error. */
async function all(running: readonly Promise<void>[]): Promise<void> {
  for (const end of await Promise.allSettled(running)) if (end.status === 'rejected') throw end.reason;
}
