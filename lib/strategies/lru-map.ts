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

/** Busy entries that one access looks at again. */
const MOST_LOOKS = 64;

/**
 * A bounded map in the order of use. Idle values leave on access, not by a timer; when the bound is reached the
 * least recently used value that may expire leaves, or else the least recently used one.
 *
 * An access takes constant time on average, however many values are busy: the map remembers up to where all entries
 * were busy when it looked, and goes on from there. Values become idle without the map being told. So each new key
 * looks at 64 of the busy entries again, in turn, and everything is looked at again once in a time to live.
 */
export class LruMap<V> {
  private readonly entries = new Map<string, Entry<V>>();
  /** Least recently used first. */
  private readonly order = new LinkedList<Entry<V>>();
  /** The first entry that was not looked at since its last use; all before it were busy. */
  private unseen: Entry<V> | undefined;
  /** Where a search for room looks again at what was busy; undefined at the beginning. */
  private hand: Entry<V> | undefined;
  /** Where the search for what is idle for too long looks again at what was busy; undefined outside of a search. */
  private sweep: Entry<V> | undefined;
  private nextSweep = -Infinity;
  /** Before this moment nothing can have become idle. */
  private nextExpiry = -Infinity;

  constructor(private limits: LruLimits<V>) {}

  /** Other limits from now on; what is beyond a lower bound leaves at once. */
  limit(limits: LruLimits<V>): void {
    this.limits = limits;
    this.nextExpiry = -Infinity;
    this.nextSweep = -Infinity;
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
    this.append(entry);
    return entry.value;
  }

  /** The value of a key; does not count as use. */
  peek(key: string): V | undefined {
    return this.entries.get(key)?.value;
  }

  /** The value of a key that is not idle for too long; does not count as use. */
  find(key: string, now: number): V | undefined {
    this.expire(now);
    return this.peek(key);
  }

  /** All values, least recently used first, without those that are idle for too long. */
  values(now: number): V[] {
    this.expire(now, Infinity);
    return this.peekAll();
  }

  /** All values, those that are idle for too long too; nothing changes by looking. */
  peekAll(): V[] {
    const values: V[] = [];
    for (let entry = this.order.first; entry; entry = entry.after) values.push(entry.value);
    return values;
  }

  /** Takes the value of a key out, if there is one. */
  delete(key: string): void {
    const entry = this.entries.get(key);
    if (entry) this.remove(entry);
  }

  private expire(now: number, mostLooks = MOST_LOOKS): void {
    if (now < this.nextExpiry) return;
    const before = now - this.limits.idleTtl;
    if (!this.sweep && now >= this.nextSweep) {
      this.sweep = this.order.first;
      this.nextSweep = now + this.limits.idleTtl;
    }
    this.sweepSeen(before, mostLooks);
    this.expireUnseen(before);
    const next = Math.min(this.nextSweep, (this.unseen?.usedAt ?? now) + this.limits.idleTtl);
    this.nextExpiry = this.sweep ? -Infinity : next;
  }

  /** Looks again at entries that were busy; a long search goes on with the next access. */
  private sweepSeen(before: number, mostLooks: number): void {
    let entry = this.sweep;
    for (let looks = 0; entry && entry !== this.unseen && entry.usedAt <= before; looks++) {
      if (looks === mostLooks) return void (this.sweep = entry);
      const next: Entry<V> | undefined = entry.after;
      if (this.limits.mayExpire(entry.value)) this.remove(entry);
      entry = next;
    }
    this.sweep = undefined;
  }

  private expireUnseen(before: number): void {
    let entry = this.unseen;
    while (entry && entry.usedAt <= before) {
      const next: Entry<V> | undefined = entry.after;
      if (this.limits.mayExpire(entry.value)) this.remove(entry);
      entry = next;
    }
    this.unseen = entry;
  }

  /** Until there is room for so many more, the entry that is least worth keeping leaves. */
  private makeRoom(more: number): void {
    while (this.entries.size > this.limits.maxKeys - more) {
      const leaving = this.idleAgain() ?? this.idleUnseen() ?? this.order.first;
      this.remove(leaving as Entry<V>);
    }
  }

  /** The first idle one among some of those that were busy. The hand stays until there is none. */
  private idleAgain(): Entry<V> | undefined {
    let entry = this.hand ?? this.order.first;
    for (let looks = 0; entry && entry !== this.unseen && looks < MOST_LOOKS; looks++) {
      if (this.limits.mayExpire(entry.value)) return entry;
      entry = entry.after;
    }
    this.hand = entry === this.unseen ? undefined : entry;
    return undefined;
  }

  private idleUnseen(): Entry<V> | undefined {
    let entry = this.unseen;
    while (entry && !this.limits.mayExpire(entry.value)) entry = entry.after;
    this.unseen = entry;
    return entry;
  }

  private touch(entry: Entry<V>, now: number): void {
    entry.usedAt = wholeMilliseconds(now);
    if (entry !== this.order.last) {
      this.takeOut(entry);
      this.append(entry);
    } else this.unseen ??= entry;
  }

  private append(entry: Entry<V>): void {
    this.order.add(entry);
    this.unseen ??= entry;
  }

  private remove(entry: Entry<V>): void {
    this.entries.delete(entry.key);
    this.takeOut(entry);
    this.limits.onRemove?.(entry.value);
  }

  private takeOut(entry: Entry<V>): void {
    const { after } = entry;
    if (entry === this.unseen) this.unseen = after;
    if (entry === this.hand) this.hand = after;
    if (entry === this.sweep) this.sweep = after;
    this.order.remove(entry);
  }
}

/** A fraction would cost every entry an object of its own. */
function wholeMilliseconds(now: number): number {
  return Math.ceil(now);
}
