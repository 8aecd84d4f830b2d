/** Somebody in a {@link WaitingLine}. */
export class Waiter {
  /** @internal */ before: Waiter | undefined = undefined;
  /** @internal */ after: Waiter | undefined = undefined;
  /** @internal */ line: WaitingLine | undefined = undefined;

  /** @param onTurn - called at once when it is its turn; it has left the line by then */
  constructor(readonly onTurn: () => void) {}

  /** True until it was its turn or it left. */
  get isWaiting(): boolean {
    return this.line !== undefined;
  }
}

/** First come, first served; whoever gives up leaves from any place at the cost of two links. */
export class WaitingLine {
  private first: Waiter | undefined = undefined;
  private last: Waiter | undefined = undefined;
  private count = 0;

  get length(): number {
    return this.count;
  }

  join(waiter: Waiter): void {
    waiter.line = this;
    waiter.before = this.last;
    if (this.last) this.last.after = waiter;
    else this.first = waiter;
    this.last = waiter;
    this.count++;
  }

  /** False if the waiter does not stand here, because it was its turn. */
  leave(waiter: Waiter): boolean {
    if (waiter.line !== this) return false;
    if (waiter.before) waiter.before.after = waiter.after;
    else this.first = waiter.after;
    if (waiter.after) waiter.after.before = waiter.before;
    else this.last = waiter.before;
    waiter.before = waiter.after = waiter.line = undefined;
    this.count--;
    return true;
  }

  /** Takes the first one out. */
  shift(): Waiter | undefined {
    const { first } = this;
    if (first) this.leave(first);
    return first;
  }
}
