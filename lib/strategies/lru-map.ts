interface Entry<V> {
  readonly key: string;
  readonly value: V;
  usedAt: number;
  older: Entry<V> | undefined;
  newer: Entry<V> | undefined;
}

/** Limits of an {@link LruMap}; `mayExpire` says which values may leave for idleness, and should leave first. */
export interface LruLimits<V> {
  readonly maxKeys: number;
  readonly idleTtl: number;
  readonly mayExpire: (value: V) => boolean;
  /** Told of a value that has left, so that it can let go of what it holds. */
  readonly onRemove?: (value: V) => void;
}

/**
 * A bounded map in the order of use. Idle values leave on access, not by a timer; when the bound is reached the
 * least recently used value that may expire leaves, or else the least recently used one.
 */
export class LruMap<V> {
  private readonly entries = new Map<string, Entry<V>>();
  private oldest: Entry<V> | undefined;
  private newest: Entry<V> | undefined;
  /** Before this moment nothing can have become idle. */
  private nextExpiry = -Infinity;

  constructor(private limits: LruLimits<V>) {}

  /** Other limits from now on; what is beyond a lower bound leaves at once. */
  limit(limits: LruLimits<V>): void {
    this.limits = limits;
    this.nextExpiry = -Infinity;
    while (this.entries.size > limits.maxKeys) this.remove(this.leastWorthKeeping());
  }

  /** The value of a key, which is now the most recently used; made if it is missing. */
  obtain(key: string, now: number, make: (key: string) => V): V {
    this.expire(now);
    const found = this.entries.get(key);
    if (found) {
      this.touch(found, now);
      return found.value;
    }
    if (this.entries.size >= this.limits.maxKeys) this.remove(this.leastWorthKeeping());
    const usedAt = wholeMilliseconds(now);
    const entry: Entry<V> = { key, value: make(key), usedAt, older: undefined, newer: undefined };
    this.entries.set(key, entry);
    this.append(entry);
    return entry.value;
  }

  /** The value of a key; does not count as use. */
  peek(key: string): V | undefined {
    return this.entries.get(key)?.value;
  }

  /** All values, least recently used first, without those that are idle for too long. */
  values(now: number): V[] {
    this.expire(now);
    const values: V[] = [];
    for (let entry = this.oldest; entry; entry = entry.newer) values.push(entry.value);
    return values;
  }

  private expire(now: number): void {
    if (now < this.nextExpiry) return;
    const before = now - this.limits.idleTtl;
    let entry = this.oldest;
    while (entry && entry.usedAt <= before) {
      const next: Entry<V> | undefined = entry.newer;
      if (this.limits.mayExpire(entry.value)) this.remove(entry);
      entry = next;
    }
    this.nextExpiry = (entry?.usedAt ?? now) + this.limits.idleTtl;
  }

  private leastWorthKeeping(): Entry<V> | undefined {
    for (let entry = this.oldest; entry; entry = entry.newer) {
      if (this.limits.mayExpire(entry.value)) return entry;
    }
    return this.oldest;
  }

  private touch(entry: Entry<V>, now: number): void {
    entry.usedAt = wholeMilliseconds(now);
    if (entry === this.newest) return;
    this.unlink(entry);
    this.append(entry);
  }

  private remove(entry: Entry<V> | undefined): void {
    if (!entry) return;
    this.entries.delete(entry.key);
    this.unlink(entry);
    this.limits.onRemove?.(entry.value);
  }

  private append(entry: Entry<V>): void {
    entry.older = this.newest;
    entry.newer = undefined;
    if (this.newest) this.newest.newer = entry;
    else this.oldest = entry;
    this.newest = entry;
  }

  private unlink(entry: Entry<V>): void {
    if (entry.older) entry.older.newer = entry.newer;
    else this.oldest = entry.newer;
    if (entry.newer) entry.newer.older = entry.older;
    else this.newest = entry.older;
  }
}

/** A fraction would cost every entry an object of its own. */
function wholeMilliseconds(now: number): number {
  return Math.ceil(now);
}
