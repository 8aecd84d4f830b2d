import type { Clock } from 'nestjs-breakwater';

/** The real time, with a count of the timers that are set. */
export class CountingClock implements Clock {
  private readonly timers = new Set<NodeJS.Timeout>();

  get pending(): number {
    return this.timers.size;
  }

  now(): number {
    return performance.now();
  }

  wallNow(): number {
    return Date.now();
  }

  setTimeout(fn: () => void, ms: number): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      fn();
    }, ms);
    this.timers.add(timer);
    return timer;
  }

  clearTimeout(handle: unknown): void {
    this.timers.delete(handle as NodeJS.Timeout);
    clearTimeout(handle as NodeJS.Timeout | undefined);
  }
}
