/** What the model has for options: whole numbers, times in milliseconds. */
export interface LimitNumbers {
  limit: number;
  interval: number;
  burst: number;
  maxWait: number;
}

/** The algorithm in whole numbers of any size: times are milliseconds · limit, so nothing is rounded. */
export class ExactLimit {
  private due: bigint | undefined;
  readonly line: { id: number; let: boolean }[] = [];
  readonly admitted: number[] = [];

  constructor(private readonly numbers: LimitNumbers) {}

  /** When the next call may begin, in milliseconds · limit. */
  get turn(): bigint {
    const { burst, interval } = this.numbers;
    return this.due === undefined ? -1n : this.due - BigInt((burst - 1) * interval);
  }

  /** `tick` is in milliseconds · limit. */
  private count(tick: bigint): void {
    const from = this.due === undefined || tick > this.due ? tick : this.due;
    this.due = from + BigInt(this.numbers.interval);
  }

  call(id: number, now: number): 'admitted' | 'queued' | 'refused' {
    const tick = BigInt(now * this.numbers.limit);
    if (this.line.length === 0 && this.turn <= tick) {
      this.count(tick);
      return 'admitted';
    }
    const ahead = BigInt(this.line.length * this.numbers.interval);
    const wait = (this.turn > tick ? this.turn - tick : 0n) + ahead;
    if (wait > BigInt(this.numbers.maxWait * this.numbers.limit)) return 'refused';
    this.line.push({ id, let: false });
    return 'queued';
  }

  /** True if it was still waiting. */
  leave(id: number): boolean {
    const at = this.line.findIndex((waiter) => waiter.id === id);
    if (at >= 0) this.line.splice(at, 1);
    return at >= 0;
  }

  /** Each waiter goes at its very turn. */
  advance(now: number): void {
    const tick = BigInt(now * this.numbers.limit);
    while (this.line.length > 0 && this.turn <= tick) {
      this.count(this.turn);
      this.admitted.push(this.line.shift()?.id as number);
    }
  }
}
