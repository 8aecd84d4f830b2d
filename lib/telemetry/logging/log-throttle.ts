/** So long after a line the next ones of its family are held back, in milliseconds. */
const QUIET = 10_000;
/** So many families are told apart: names may come from outside. */
const MOST_FAMILIES = 1000;
const OTHERS = 'other names';

/** Events of one type and family that were held back. */
interface Held {
  readonly type: string;
  readonly name: string;
  toldAt: number;
  count: number;
}

/** Writes the line of events that were held back. */
export type TellHeld = (type: string, name: string, count: number) => void;

/**
 * Holds back lines of which an outage makes thousands: the first one of a family is written at once, the next ones are counted.
 * The count is told lazily, and no timer is kept for it.
 */
export class LogThrottle {
  /** Least recently told first. */
  private readonly held = new Map<string, Held>();

  constructor(private readonly tell: TellHeld) {}

  /** Counts an event; true if its line is to be written. */
  admits(type: string, name: string, now: number): boolean {
    const known = this.held.get(keyOf(type, name)) ?? this.enter(type, name, now);
    if (now - known.toldAt < QUIET) {
      known.count++;
      return false;
    }
    this.flush(known);
    known.toldAt = now;
    const key = keyOf(known.type, known.name);
    this.held.delete(key);
    this.held.set(key, known);
    return true;
  }

  /** Tells what has been held back of a family for long enough. */
  tellDue(types: readonly string[], name: string, now: number): void {
    if (this.held.size === 0) return;
    for (const type of types) {
      const known = this.held.get(keyOf(type, name));
      if (known && now - known.toldAt >= QUIET) this.flush(known);
    }
  }

  /** Tells what has been held back of a family: it is well again. */
  tellFamily(types: readonly string[], name: string): void {
    for (const type of types) {
      const known = this.held.get(keyOf(type, name));
      if (known) this.flush(known);
    }
  }

  /** Tells everything that has been held back. */
  end(): void {
    for (const known of this.held.values()) this.flush(known);
    this.held.clear();
  }

  private flush(held: Held): void {
    const { type, name, count } = held;
    if (count === 0) return;
    held.count = 0;
    this.tell(type, name, count);
  }

  /** Begins with a family; where there are too many, the one that was told first leaves, or else the families are one. */
  private enter(type: string, name: string, now: number): Held {
    const [oldest] = this.held.size < MOST_FAMILIES ? [] : this.held.values();
    if (oldest && now - oldest.toldAt < QUIET && name !== OTHERS)
      return this.held.get(keyOf(type, OTHERS)) ?? this.enter(type, OTHERS, now);
    if (oldest && name !== OTHERS) {
      this.flush(oldest);
      this.held.delete(keyOf(oldest.type, oldest.name));
    }
    const entered: Held = { type, name, toldAt: -Infinity, count: 0 };
    this.held.set(keyOf(type, name), entered);
    return entered;
  }
}

const keyOf = (type: string, name: string) => `${type} ${name}`;
