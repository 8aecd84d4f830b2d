import { keyOfArguments, keyOfValue, listBeginning, NO_KEY } from '../call-key.js';
import type { MapKey } from '../call-key.js';
import type { AnswerCounts } from '../call-wrapper.js';
import { nextInOrder, Runs } from '../coalesce/runs.js';
import { Classes, keyOfTenant, keysOfAllClasses } from '../keyed-call.js';
import type { Label } from '../label.js';
import { CacheEntries } from './cache-entries.js';
import type { EntryLimits } from './cache-entries.js';
import type { CacheStore } from './cache-store.js';
import { GuardedStore } from './guarded-store.js';
import type { StoreDeps } from './guarded-store.js';

/** The calls of one cache or of one `@Coalesce()`, by what has answered them. @public */
export interface CacheStats {
  /** `Class.method`, the name given to `execute`, the client's or that in the options. */
  readonly name: string;
  /** Name of the policy, where one is used. */
  readonly policy?: string;
  /** Answers in memory; undefined where they are in a store, or none is kept. */
  readonly entries?: number;
  /** Calls that were answered by a fresh answer. */
  readonly hit: number;
  /** Calls that were answered by a stale one: in place of a failure, or ahead of a renewal. */
  readonly stale: number;
  /** Calls that ran. */
  readonly miss: number;
  /** Calls that waited for the run of another one. */
  readonly coalesced: number;
}

/** The options that the answers of one name have in common. */
export interface SpaceConfig {
  readonly label: Label;
  readonly limits: EntryLimits;
  /** Undefined for the memory of the process. */
  readonly store: CacheStore | undefined;
  /** True if answers are kept at all. */
  readonly keeps: boolean;
  /** Set where a key has several parts: makes the first of them of what a user writes. */
  readonly keyWritten?: ((written: unknown) => unknown) | undefined;
  /** True if keys are the arguments of the calls. */
  readonly isKeyedByArguments: boolean;
}

/** A run whose result is to be kept, unless its key is taken away before. */
export class Keeping {
  isCurrent = true;

  constructor(
    readonly key: MapKey,
    readonly partition: string | undefined,
  ) {}
}

/** The answers and the runs of one name: of a method, of a function that `execute` runs, or of an HTTP client. */
export class CacheSpace {
  /** True once the application has let go of it. */
  isDropped = false;
  readonly runs = new Runs();
  readonly classes: Classes;
  readonly entries: CacheEntries;
  readonly counts: AnswerCounts = { hit: 0, stale: 0, miss: 0, coalesced: 0 };
  /** The keys that are renewed behind a stale answer. */
  readonly renewed = new Set<MapKey>();
  /** The place of the last removal in the order of all runs and removals. */
  lastRemoval = 0;
  store: GuardedStore | undefined;
  private readonly keepings = new Set<Keeping>();

  constructor(
    private config: SpaceConfig,
    private readonly deps: StoreDeps,
  ) {
    this.entries = new CacheEntries(config.limits);
    const [declaring] = config.label.name.split('.');
    this.classes = new Classes(declaring);
    this.store = this.guarded(config.store);
  }

  get name(): string {
    return this.config.label.name;
  }

  /** The name of the policy gathers the answers of all that use it. */
  get policy(): string | undefined {
    return this.config.label.policy;
  }

  /** True if nothing is lost by dropping it. */
  get isIdle(): boolean {
    return this.entries.size === 0 && this.runs.size === 0;
  }

  /** Other options from now on; answers stay, unless they are kept elsewhere from now on. */
  reconfigure(config: SpaceConfig): void {
    if (config.store !== this.config.store) this.store = this.guarded(config.store);
    this.config = config;
    this.entries.limit(config.limits);
  }

  /** Notes that the result of a run is to be kept. */
  open<K extends Keeping>(keeping: K): K {
    this.keepings.add(keeping);
    return keeping;
  }

  close(keeping: Keeping): void {
    this.keepings.delete(keeping);
  }

  /** Takes the answer of a key away: also that of a run under way. */
  async delete(partition: string | undefined, written: unknown): Promise<void> {
    this.lastRemoval = nextInOrder();
    const keys = this.takeAway(partition, written);
    const { store } = this;
    if (store) await Promise.all(keys.map((key) => store.delete(key)));
  }

  /** The same for an answer that is wrong by now; the store is not waited for. */
  outdate(partition: string | undefined, written: unknown): void {
    const keys = this.takeAway(partition, written);
    // runs of other keys may still be joined
    if (keys.length > 0) this.lastRemoval = nextInOrder();
    for (const key of keys) this.store?.forget(key);
  }

  private takeAway(partition: string | undefined, written: unknown): MapKey[] {
    const keys = this.config.keyWritten
      ? this.keysBeginning(partition, this.config.keyWritten(written))
      : this.keysWritten(partition, written);
    for (const key of keys) {
      this.entries.delete(key);
      this.runs.drop(key);
    }
    for (const keeping of this.keepings) if (keys.includes(keeping.key)) this.giveUp(keeping);
    return keys;
  }

  /** All keys in use whose first part is this one: a URL has an answer for each set of headers, say. */
  private keysBeginning(partition: string | undefined, first: unknown): MapKey[] {
    const prefix = keyOfTenant(partition, listBeginning(first)) as string;
    const begun = [...this.keepings].map(({ key }) => key);
    const known = [...this.entries.keys(), ...this.runs.keys(), ...begun, ...(this.store?.used ?? [])];
    return [...new Set(known)].filter((key) => typeof key === 'string' && key.startsWith(prefix));
  }

  /**
   * Takes all answers of a tenant away: also those of runs under way.
   *
   * @throws Error for a store that cannot list its keys, or tell its tenants apart
   */
  async clear(partition: string | undefined): Promise<void> {
    this.lastRemoval = nextInOrder();
    this.entries.clear(partition);
    const prefix = partition === undefined ? undefined : keyOfTenant(partition, undefined);
    this.runs.dropAll((key) => prefix === undefined || isOfTenant(key, prefix as string));
    for (const keeping of this.keepings) if (keeping.partition === partition) this.giveUp(keeping);
    await this.store?.clear(partition);
  }

  /** The calls that were counted, as plain JSON. */
  stats(): CacheStats {
    const { name, policy, counts, store } = this;
    const isInMemory = this.config.keeps && !store;
    return {
      name,
      ...(policy !== undefined && { policy }),
      ...(isInMemory && { entries: this.entries.size }),
      ...counts,
    };
  }

  private giveUp(keeping: Keeping): void {
    keeping.isCurrent = false;
    this.keepings.delete(keeping);
  }

  private guarded(store: CacheStore | undefined): GuardedStore | undefined {
    return store && new GuardedStore(store, this.config.label, this.deps);
  }

  /** The key that a user has written: what the `key` function returns, or the arguments; of a single one also without a list. */
  private keysWritten(partition: string | undefined, written: unknown): MapKey[] {
    const list = Array.isArray(written) ? (written as unknown[]) : [written];
    const key = this.config.isKeyedByArguments ? keyOfArguments(list) : keyOfValue(written);
    if (key === NO_KEY) throw new TypeError('expected a key: a plain value, or a list of them');
    return keysOfAllClasses(this.classes, key).map((one) => keyOfTenant(partition, one));
  }
}

/** True for a key within a tenant; `prefix` is the key of that tenant that holds nothing else. */
function isOfTenant(key: MapKey, prefix: string): boolean {
  // without the part that says "nothing"
  return typeof key === 'string' && key.startsWith(prefix.slice(0, -2));
}
