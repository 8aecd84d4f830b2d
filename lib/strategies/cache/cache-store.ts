/**
 * A place outside of the process's memory, or in it, where answers are kept. {@link cacheStore} makes one of most caches.
 * @public
 */
export interface CacheStore {
  /** The value of a key; undefined or null if there is none. */
  get(key: string): unknown;
  /** Keeps a value for so many milliseconds. */
  set(key: string, value: unknown, ttl: number): unknown;
  /** Takes a value away. */
  delete(key: string): unknown;
  /** The keys that begin so, where the store can list them. */
  keys?: ((prefix: string) => AsyncIterable<string>) | undefined;
}

/** A cache of another library: cache-manager 6 and 7, Keyv 5, `CACHE_MANAGER` of `@nestjs/cache-manager`. @public */
export interface CacheLike {
  /** The value of a key. */
  get(key: string): unknown;
  /** Keeps a value for so many milliseconds. */
  set(key: string, value: never, ttl?: number): unknown;
  /** Takes a value away; that of Keyv. */
  delete?(key: string): unknown;
  /** Takes a value away; that of cache-manager. */
  del?(key: string): unknown;
}

type Lister = (argument?: unknown) => AsyncIterable<readonly [string, unknown]>;

interface Listable {
  readonly iterator?: unknown;
  readonly stores?: unknown;
}

/**
 * Makes a store of a cache that has `get`, `set`, and `delete` or `del`.
 *
 * @throws TypeError for anything else
 *
 * @example
 * ```ts
 * ResilienceModule.forRootAsync({
 *   inject: [CACHE_MANAGER],
 *   useFactory: (cache: CacheLike) => ({ cache: { store: cacheStore(cache) } }),
 * });
 * ```
 * @public
 */
export function cacheStore(cache: CacheLike): CacheStore {
  const has = (method: keyof CacheLike) => typeof (cache as CacheLike | undefined)?.[method] === 'function';
  if (!has('get') || !has('set') || !(has('delete') || has('del')))
    throw new TypeError('cacheStore(): expected a cache with get, set, and delete or del');
  const listers = listersOf(cache as Listable);
  return {
    get: (key) => cache.get(key),
    set: (key, value, ttl) => cache.set(key, value as never, ttl),
    delete: (key) => (has('delete') ? cache.delete?.(key) : cache.del?.(key)),
    ...(listers && { keys: (prefix: string) => keysOf(listers, prefix) }),
  };
}

/** The iterators of Keyv, or of all stores of a cache-manager; undefined if one of them cannot list. */
function listersOf(cache: Listable): Lister[] | undefined {
  const stores: readonly Listable[] = Array.isArray(cache.stores) ? (cache.stores as Listable[]) : [cache];
  const listers = stores.flatMap((store) =>
    typeof store.iterator === 'function' ? [store.iterator.bind(store) as Lister] : [],
  );
  return listers.length === stores.length && stores.length > 0 ? listers : undefined;
}

async function* keysOf(listers: readonly Lister[], prefix: string): AsyncGenerator<string> {
  for (const list of listers) {
    for await (const [key] of list()) if (key.startsWith(prefix)) yield key;
  }
}
