import type { MapKey } from '../call-key.js';
import type { KeptAnswer } from '../call-wrapper.js';
import { LinkedList } from '../linked-list.js';
import type { ListNode } from '../linked-list.js';

/** An answer that is kept in memory. */
export class CacheEntry implements KeptAnswer, ListNode<CacheEntry> {
  before: CacheEntry | undefined = undefined;
  after: CacheEntry | undefined = undefined;
  readonly key: MapKey;
  /** The tenant to which the answer belongs. */
  readonly partition: string | undefined;
  /** In monotonic milliseconds. */
  readonly storedAt: number;
  /** The monotonic milliseconds from which it is stale; -Infinity for one that is judged each time. */
  readonly expires: number;
  /** The monotonic milliseconds from which it is of no use. */
  readonly uselessAt: number;

  /** @param size - in bytes, where they are counted */
  constructor(
    { key, partition }: Pick<CacheEntry, 'key' | 'partition'>,
    readonly value: unknown,
    { storedAt, expires, uselessAt }: Pick<CacheEntry, 'storedAt' | 'expires' | 'uselessAt'>,
    readonly size: number,
  ) {
    this.key = key;
    this.partition = partition;
    this.storedAt = storedAt;
    this.expires = expires;
    this.uselessAt = uselessAt;
  }
}

/** Bounds of {@link CacheEntries}. */
export interface EntryLimits {
  readonly maxEntries: number;
}

/** Answers in memory, bounded: the least recently used one leaves first. No timer is kept: what is of no use leaves when it is met. */
export class CacheEntries {
  private readonly entries = new Map<MapKey, CacheEntry>();
  /** Least recently used first. */
  private readonly order = new LinkedList<CacheEntry>();
  private bytes = 0;
  /** Most bytes of all entries together. */
  private maxBytes = Infinity;

  constructor(private limits: EntryLimits) {}

  get size(): number {
    return this.entries.size;
  }

  /** Other bounds from now on; what is beyond them leaves at once. */
  limit(limits: EntryLimits): void {
    this.limits = limits;
    this.makeRoom();
  }

  /** The entry of a key, which is now the most recently used. */
  get(key: MapKey, now: number): CacheEntry | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    if (now >= entry.uselessAt) {
      this.remove(entry);
      return undefined;
    }
    if (entry !== this.order.last) {
      this.order.remove(entry);
      this.order.add(entry);
    }
    return entry;
  }

  /** The keys of all entries. */
  keys(): Iterable<MapKey> {
    return this.entries.keys();
  }

  /** Keeps an entry in the place of that of its key; all together have at most so many bytes. */
  set(entry: CacheEntry, maxBytes = this.maxBytes): void {
    this.maxBytes = maxBytes;
    this.delete(entry.key);
    this.entries.set(entry.key, entry);
    this.order.add(entry);
    this.bytes += entry.size;
    this.makeRoom();
  }

  delete(key: MapKey): void {
    const entry = this.entries.get(key);
    if (entry !== undefined) this.remove(entry);
  }

  /** Takes away all entries of a tenant. */
  clear(partition: string | undefined): void {
    for (const entry of this.entries.values()) if (entry.partition === partition) this.remove(entry);
  }

  private makeRoom(): void {
    const { maxEntries } = this.limits;
    while (this.entries.size > maxEntries || this.bytes > this.maxBytes)
      this.remove(this.order.first as CacheEntry);
  }

  private remove(entry: CacheEntry): void {
    this.entries.delete(entry.key);
    this.order.remove(entry);
    this.bytes -= entry.size;
  }
}
