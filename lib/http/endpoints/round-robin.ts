/** The place in a list at which one call begins. */
export interface Turn {
  readonly start: number;
  readonly length: number;
}

/** Gives each call the next place in a list to begin at. */
export class RoundRobin {
  private next = 0;

  /** The turn of the next call. */
  take(length: number): Turn {
    const start = this.next % length;
    this.next = (start + 1) % length;
    return { start, length };
  }

  /**
   * Moves on behind the place that a call has taken after it has passed others over, so that the one behind an open circuit does
   * not get twice its share. Without effect if another call has begun meanwhile.
   */
  skip({ start, length }: Turn, passedOver: number): void {
    if (this.next === (start + 1) % length) this.next = (start + 1 + passedOver) % length;
  }
}
