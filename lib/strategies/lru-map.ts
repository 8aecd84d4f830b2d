import { LinkedList } from './linked-list.js';
import type { ListNode } from './linked-list.js';

interface Entry<V> extends ListNode<Entry<V>> {
  readonly key: string;
  readonly value: V;
  usedAt: number;
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
  /** Least recently used first. */
  private readonly order = new LinkedList<Entry<V>>();
  /** Before this moment nothing can have become idle. */
  private nextExpiry = -Infinity;

  constructor(private limits: LruLimits<V>) {}

  /** Other limits from now on; what is beyond a lower bound leaves at once. */
  limit(limits: LruLimits<V>): void {
    this.limits = limits;
    this.nextExpiry = -Infinity;
    this.makeRoom(0);
  }

  /** The value of a key, which is now the most recently used; made if it is missing. */
  obtain(key: string, now: number, make: (key: string) => V): V {
    this.expire(now);
    const found = this.entries.get(key);
    if (found) {
      this.touch(found, now);
      return found.value;
    }
    this.makeRoom(1);
    const usedAt = wholeMilliseconds(now);
    const entry: Entry<V> = { key, value: make(key), usedAt, before: undefined, after: undefined };
    this.entries.set(key, entry);
    this.order.add(entry);
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
    for (let entry = this.order.first; entry; entry = entry.after) values.push(entry.value);
    return values;
  }

  private expire(now: number): void {
    if (now < this.nextExpiry) return;
    const before = now - this.limits.idleTtl;
    let entry = this.order.first;
    while (entry && entry.usedAt <= before) {
      const next: Entry<V> | undefined = entry.after;
      if (this.limits.mayExpire(entry.value)) this.remove(entry);
      entry = next;
    }
    this.nextExpiry = (entry?.usedAt ?? now) + this.limits.idleTtl;
  }

  /** Until there is room for so many more, who is least worth keeping leaves. */
  private makeRoom(more: number): void {
    while (this.entries.size > this.limits.maxKeys - more) {
      let entry = this.order.first;
      while (entry && !this.limits.mayExpire(entry.value)) entry = entry.after;
      this.remove((entry ?? this.order.first) as Entry<V>);
    }
  }

  private touch(entry: Entry<V>, now: number): void {
    entry.usedAt = wholeMilliseconds(now);
    if (entry === this.order.last) return;
    this.order.remove(entry);
    this.order.add(entry);
  }

  private remove(entry: Entry<V>): void {
    this.entries.delete(entry.key);
    this.order.remove(entry);
    this.limits.onRemove?.(entry.value);
  }
}

/** A fraction would cost every entry an object of its own. */
function wholeMilliseconds(now: number): number {
  return Math.ceil(now);
}
