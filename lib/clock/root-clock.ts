import { AsyncResource } from 'node:async_hooks';
import type { Clock } from './clock.js';

/**
 * A clock whose timers begin in the async context in which it was made, and not in that of the call which arms them. A
 * timer that many calls share would otherwise keep the context of one of them alive, and run in it.
 */
export class RootClock implements Clock {
  constructor(
    private readonly clock: Clock,
    private readonly root = new AsyncResource('BreakwaterTimers'),
  ) {}

  now(): number {
    return this.clock.now();
  }

  wallNow(): number {
    return this.clock.wallNow();
  }

  setTimeout(fn: () => void, ms: number): unknown {
    return this.root.runInAsyncScope(() => this.clock.setTimeout(fn, ms));
  }

  clearTimeout(handle: unknown): void {
    this.clock.clearTimeout(handle);
  }
}
