import { createHash } from 'node:crypto';
import type { Clock } from '../../clock/clock.js';
import { emitEvent } from '../../events/emit-event.js';
import type { ResilienceEvents } from '../../events/resilience-events.js';
import { isOptionsObject } from '../../policy/layers.js';
import { ownValue } from '../../policy/own-property.js';
import { textOfKey } from '../call-key.js';
import type { MapKey } from '../call-key.js';
import type { Label } from '../label.js';
import type { CacheStore } from './cache-store.js';

/** An answer as it leaves the process; times are epoch milliseconds. */
export interface StoredAnswer {
  readonly value: unknown;
  readonly storedAt: number;
  /** The end of its freshness. */
  readonly expires: number;
}

/** A store that has not answered for so many milliseconds hangs. */
const LONGEST_ANSWER = 250;

/** For so many milliseconds a store that has failed or hung is left alone. */
const LEFT_ALONE = 5_000;

/** Number of keys that are remembered of those that were asked for or written, and of those whose answers are wrong. */
const MOST_REMEMBERED = 1000;

/** The state of a store, for all caches that use it. */
export interface StoreHealth {
  /** In monotonic milliseconds. */
  leftAloneUntil: number;
}

/** The services of the application that a guarded store uses. */
export interface StoreServices {
  readonly clock: Clock;
  readonly events: ResilienceEvents;
  /** Calls `ring` after so many milliseconds, unless the returned function is called before. */
  readonly deadline: (ms: number, ring: () => void) => () => void;
}

/** The services that a store is guarded with. */
export interface StoreDeps extends StoreServices {
  healthOf(store: CacheStore): StoreHealth;
}

/** The operation of a store that has gone wrong. */
export type StoreOperation = 'get' | 'set' | 'delete';

/** A store that may fail, hang or lie: a call loses nothing by it but the answer that was kept. */
export class GuardedStore {
  private readonly health: StoreHealth;
  private readonly recent = new Set<MapKey>();
  /** Keys whose answers are to be taken away once the store can be asked again. */
  private readonly wrong = new Set<MapKey>();
  /** The questions under way: calls of one key share one. */
  private readonly asked = new Map<string, Promise<StoredAnswer | undefined>>();

  /** @param label - the name of the cache, which is that of its keys and of its events */
  constructor(
    readonly store: CacheStore,
    readonly label: Label,
    private readonly deps: StoreDeps,
  ) {
    this.health = deps.healthOf(store);
  }

  /** The answer of a key, if there is one; never rejects. */
  get(key: MapKey): Promise<StoredAnswer | undefined> | undefined {
    if (this.isLeftAlone) return undefined;
    if (this.wrong.has(key)) return void this.forget(key);
    remember(this.recent, key);
    const name = this.keyOf(key);
    const known = this.asked.get(name);
    if (known) return known;
    const asking = this.ask(name);
    this.asked.set(name, asking);
    void asking.then(() => this.asked.get(name) === asking && this.asked.delete(name));
    return asking;
  }

  /** Keeps an answer; it is not waited for. */
  set(key: MapKey, answer: StoredAnswer, ttl: number): void {
    if (this.isLeftAlone) return;
    remember(this.recent, key);
    this.wrong.delete(key);
    const { value, storedAt, expires } = answer;
    this.bounded('set', () => this.store.set(this.keyOf(key), { value, storedAt, expires }, ttl)).catch(
      () => undefined,
    );
  }

  /** Takes an answer away that is wrong by now; it is not waited for. */
  forget(key: MapKey): void {
    const failed = () => remember(this.wrong, key);
    if (this.isLeftAlone) return failed();
    this.wrong.delete(key);
    this.bounded('delete', () => this.delete(key)).catch(failed);
  }

  /** Takes an answer away, also from a store that is left alone; rejects as the store does. */
  async delete(key: MapKey): Promise<void> {
    const name = this.keyOf(key);
    // what was asked before may bring back the answer
    this.asked.delete(name);
    await this.store.delete(name);
  }

  /**
   * Takes all answers of the cache away.
   *
   * @throws Error for one tenant alone, and for a store that cannot list its keys
   */
  async clear(partition: string | undefined): Promise<void> {
    this.asked.clear();
    const { store, prefix, label } = this;
    if (partition !== undefined)
      throw cannotClear(label.name, 'the keys in its store do not tell whose they are');
    if (!store.keys) throw cannotClear(label.name, 'its store cannot list its keys');
    const found: string[] = [];
    for await (const name of store.keys(prefix)) if (isOwnKey(name, prefix)) found.push(name);
    await Promise.all(found.map((name) => store.delete(name)));
  }

  /** Keys that this process has asked for or written of late. */
  get used(): Iterable<MapKey> {
    return this.recent;
  }

  private get isLeftAlone(): boolean {
    const { leftAloneUntil } = this.health;
    return leftAloneUntil !== -Infinity && this.deps.clock.now() < leftAloneUntil;
  }

  private get prefix(): string {
    return `bw:cache:${this.label.name}:`;
  }

  private keyOf(key: MapKey): string {
    return this.prefix + createHash('sha256').update(textOfKey(key)).digest('hex');
  }

  private async ask(name: string): Promise<StoredAnswer | undefined> {
    try {
      const found = await this.bounded('get', () => this.store.get(name));
      if (found === undefined || found === null) return undefined;
      const answer = storedAnswer(found);
      if (!answer) this.tellGarbage();
      return answer;
    } catch {
      return undefined;
    }
  }

  /** Runs an operation of the store; after a failure or 250 ms without an answer it is left alone. */
  private bounded(operation: StoreOperation, run: () => unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      let isOver = false;
      const ends = () => {
        const isFirst = !isOver;
        isOver = true;
        cancel();
        return isFirst;
      };
      const fail = (error: unknown) => {
        // what a store says too late is of no interest
        if (!ends()) return;
        this.health.leftAloneUntil = this.deps.clock.now() + LEFT_ALONE;
        this.tell(operation, error);
        reject(error);
      };
      const hang = () => fail(new Error(`The store has not answered within ${LONGEST_ANSWER} ms`));
      const cancel = this.deps.deadline(LONGEST_ANSWER, hang);
      try {
        Promise.resolve(run()).then((value) => ends() && resolve(value), fail);
      } catch (error) {
        fail(error);
      }
    });
  }

  /** Notifies the listeners of an answer that is none. */
  tellGarbage(): void {
    this.tell('get', new TypeError('The store has returned what was not stored'));
  }

  private tell(operation: StoreOperation, error: unknown): void {
    emitEvent('cache.store-failed', this.label, this.deps, { operation, error });
  }
}

/** Reads an answer as a store returns it; undefined for anything that was not given to it. */
function storedAnswer(found: unknown): StoredAnswer | undefined {
  if (!isOptionsObject(found) || !Object.hasOwn(found, 'value')) return undefined;
  const [value, storedAt, expires] = ['value', 'storedAt', 'expires'].map((key) => ownValue(found, key));
  const isTimed = Number.isFinite(storedAt) && Number.isFinite(expires);
  if (!isTimed || (storedAt as number) > (expires as number)) return undefined;
  return value === undefined
    ? undefined
    : { value, storedAt: storedAt as number, expires: expires as number };
}

/** Adds a key as the latest one; the oldest one leaves. */
function remember(keys: Set<MapKey>, key: MapKey): void {
  keys.delete(key);
  keys.add(key);
  const [oldest] = keys;
  if (keys.size > MOST_REMEMBERED) keys.delete(oldest);
}

/** True for a key of this cache: the name of another one may begin with its name and a colon. */
function isOwnKey(name: string, prefix: string): boolean {
  return name.startsWith(prefix) && !name.includes(':', prefix.length);
}

/** The error of an order that a store cannot follow. */
function cannotClear(name: string, reason: string): Error {
  return new Error(`The cache '${name}' cannot be cleared as a whole: ${reason}. Delete single keys`);
}
