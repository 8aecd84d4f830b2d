import { describe, expect, it } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Bulkhead, BulkheadRegistry, CircuitBreaker, Retryable, Timeout } from 'nestjs-breakwater';
import { startApplication } from '../support/application.js';

class Work {
  @Retryable()
  @CircuitBreaker()
  @Timeout('10s')
  @Bulkhead({ maxConcurrent: 100 })
  async plain(value: number): Promise<number> {
    return value;
  }

  @Retryable()
  @CircuitBreaker()
  @Timeout('10s')
  @Bulkhead({ maxConcurrent: 100 })
  async abortable(value: number, _signal: AbortSignal): Promise<number> {
    return value;
  }
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function heapInUse(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

describe('a hundred thousand calls through retry, breaker, timeout and bulkhead', () => {
  it('leave no listener on a shared signal, no held place, no timer beyond the one of their duration, and no memory', async () => {
    const app = await startApplication({}, Work);
    const work = app.module.get(Work);
    const { signal } = new AbortController();
    const warned: string[] = [];
    const onWarning = ({ name }: Error) => void warned.push(name);
    process.on('warning', onWarning);
    let before = 0;
    for (let round = 0; round < 1200; round++) {
      // the first calls compile, and fill what is bounded
      if (round === 200) before = heapInUse();
      const calls = Array.from({ length: 50 }, (_, index) => [
        work.plain(index),
        work.abortable(index, signal),
      ]);
      await Promise.all(calls.flat());
    }
    // an object of each call would be seen
    expect(heapInUse() - before).toBeLessThan(1_000_000);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    for (const { running, queued } of app.module.get(BulkheadRegistry))
      expect([running, queued]).toEqual([0, 0]);
    process.off('warning', onWarning);
    expect(warned).toEqual([]);
    // one timer serves all calls of a duration, and ends by itself
    await app.clock.advance(10_000);
    expect(app.clock.pending).toBe(0);
    await app.module.close();
  }, 60_000);
});
