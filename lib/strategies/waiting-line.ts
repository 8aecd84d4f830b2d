import { Chain } from './chain.js';
import type { Link } from './chain.js';

/** Somebody in a {@link WaitingLine}. */
export class Waiter implements Link<Waiter> {
  /** @internal */ before: Waiter | undefined = undefined;
  /** @internal */ after: Waiter | undefined = undefined;

  /** @param onTurn - called at once when it is its turn; it has left the line by then */
  constructor(readonly onTurn: () => void) {}
}

/** First come, first served; whoever gives up leaves from any place. */
export class WaitingLine {
  private readonly chain = new Chain<Waiter>();
  private count = 0;

  get length(): number {
    return this.count;
  }

  join(waiter: Waiter): void {
    this.chain.add(waiter);
    this.count++;
  }

  /** False if the waiter does not stand here, because it was its turn. */
  leave(waiter: Waiter): boolean {
    const wasHere = this.chain.remove(waiter);
    if (wasHere) this.count--;
    return wasHere;
  }

  /** Takes the first one out. */
  shift(): Waiter | undefined {
    const first = this.chain.shift();
    if (first) this.count--;
    return first;
  }
}
