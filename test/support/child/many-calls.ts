/**
 * A process of its own, started with `--expose-gc`: makes many calls and tells on stdout what they have left behind.
 * The first argument may name something to leave behind on purpose.
 */
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { getEventListeners } from 'node:events';
import {
  Bulkhead,
  BulkheadRegistry,
  CircuitBreaker,
  ResilienceModule,
  Retryable,
  Timeout,
} from 'nestjs-breakwater';
import { pendingTimers } from './counting-clock.js';
import { Work } from './work.js';

const WARM_UP = 20_000;
const CALLS = 100_000;
const TOGETHER = 50;

class UnsteadyWork extends Work {
  private readonly failed = new Set<number>();

  /** Each call fails once; its second attempt listens to the signal and has two time limits. */
  @Retryable({ baseDelay: 0, budget: false })
  @CircuitBreaker({ failureRate: 0.9, window: { calls: 1000 }, minimumCalls: 1000 })
  @Timeout({ attempt: '10s', total: '30s' })
  @Bulkhead({ maxConcurrent: 100 })
  async unsteady(value: number, _signal: AbortSignal): Promise<number> {
    if (this.failed.delete(value)) return value;
    this.failed.add(value);
    throw new Error('not now');
  }
}

@Module({ imports: [ResilienceModule.forRoot()], providers: [UnsteadyWork] })
class App {}

const leftBehind: unknown[] = [];
const { signal } = new AbortController();

/** As small as a leak of one object per call can be. */
const leaks: Record<string, (value: number) => unknown> = {
  object: (value) => leftBehind.push({ value }),
  listener: () => signal.addEventListener('abort', () => undefined),
};
const leak = leaks[process.argv[2] ?? ''] as ((value: number) => unknown) | undefined;

const app = await NestFactory.createApplicationContext(App, { logger: false });
const work = app.get(UnsteadyWork);

async function call(times: number): Promise<void> {
  for (let made = 0; made < times; made += TOGETHER) {
    const calls = Array.from({ length: TOGETHER }, (_, index) => {
      leak?.(index);
      if (index % 3 === 0) return work.plain(index);
      return index % 3 === 1 ? work.abortable(index, signal) : work.unsteady(index, signal);
    });
    await Promise.all(calls);
  }
}

async function bytesInUse(): Promise<number> {
  for (let time = 0; time < 4; time++) {
    await new Promise((resolve) => setImmediate(resolve));
    global.gc?.();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

await call(WARM_UP);
const before = await bytesInUse();
await call(CALLS);
const bytesPerCall = ((await bytesInUse()) - before) / CALLS;
const held = app.get(BulkheadRegistry).snapshot();
const pending = pendingTimers();
await app.close();
const report = {
  bytesPerCall,
  pending,
  pendingAfterClose: pendingTimers(),
  listeners: getEventListeners(signal, 'abort').length,
  held: held.map(({ running, queued }) => running + queued),
};
process.stdout.write(JSON.stringify(report));
