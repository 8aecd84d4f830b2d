import type { Clock } from 'nestjs-breakwater';

/** An upstream that works on so many requests at once, each for as long, and lets the others wait in their order. */
export class SteadyUpstream {
  done = 0;
  private busy = 0;
  private readonly queue: (() => void)[] = [];

  constructor(
    private readonly clock: Clock,
    public capacity: number,
    private readonly time: () => number,
  ) {}

  work(): Promise<void> {
    return new Promise((answer) => {
      this.queue.push(answer);
      this.next();
    });
  }

  private next(): void {
    while (this.busy < this.capacity && this.queue.length > 0) {
      const answer = this.queue.shift() as () => void;
      this.busy++;
      this.clock.setTimeout(() => this.end(answer), this.time());
    }
  }

  private end(answer: () => void): void {
    this.busy--;
    this.done++;
    answer();
    this.next();
  }
}
