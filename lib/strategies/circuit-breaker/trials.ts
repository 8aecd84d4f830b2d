/** The trial calls of one half-open period: who is under way since when, and how many have succeeded. */
export class Trials {
  private readonly startedAt = new Map<number, number>();
  successes = 0;

  get underWay(): number {
    return this.startedAt.size;
  }

  begin(permit: number, now: number): void {
    this.startedAt.set(permit, now);
  }

  /** When the trial began; undefined if the permit is not of this period. */
  end(permit: number): number | undefined {
    const startedAt = this.startedAt.get(permit);
    this.startedAt.delete(permit);
    return startedAt;
  }

  /** The beginning of the trial that is under way for the longest time; Infinity without one. */
  get oldest(): number {
    // insertion order is time order
    for (const startedAt of this.startedAt.values()) return startedAt;
    return Infinity;
  }
}
