/** The life of an application: everything that waits joins it, and is told when it ends. */
export class Lifetime {
  private readonly members = new Set<() => void>();
  private ending = false;

  /** True once the application has begun to close: nothing waits or is repeated any more. */
  get isEnding(): boolean {
    return this.ending;
  }

  /** `onEnd` is called when the application closes, unless it leaves before. */
  join(onEnd: () => void): void {
    this.members.add(onEnd);
  }

  leave(onEnd: () => void): void {
    this.members.delete(onEnd);
  }

  /** Ends every wait and running attempt. */
  end(): void {
    this.ending = true;
    const members = [...this.members];
    this.members.clear();
    for (const onEnd of members) onEnd();
  }
}
