import { afterEach, describe, expect, it } from '@jest/globals';
import { Retryable } from 'nestjs-breakwater';
import { startApplication, stateOf } from '../support/application.js';
import type { TestApplication } from '../support/application.js';
import { attempts, fail } from '../support/calls.js';

let app: TestApplication;
afterEach(() => app.module.close());

const throttled = Object.assign(new Error('slow down'), {
  name: 'ThrottlingException',
  $retryable: { throttling: true },
  $metadata: { httpStatusCode: 429 },
  response: { status: 429, headers: { 'retry-after': '20' } },
});

/** A chance that can be repeated (Park and Miller's generator). */
function seededChance(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

describe('the traps of smithy', () => {
  it('a caller who aborts does not wait for the end of a server’s delay', async () => {
    class Queue {
      readonly at: number[] = [];

      @Retryable()
      async send(_message: string, _options: { signal: AbortSignal }): Promise<void> {
        this.at.push(app.clock.now());
        throw throttled;
      }
    }
    app = await startApplication({}, Queue);
    const { at } = app.module.get(Queue);
    const abort = new AbortController();
    const run = app.module.get(Queue).send('hello', abort);
    expect(await stateOf(run)).toBe('pending');
    abort.abort('left');
    await expect(run).rejects.toBe('left');
    await app.clock.advance(100);
    expect([at, app.clock.pending]).toEqual([[0], 0]);
  });

  it('a throttled call changes the delays of no other', async () => {
    const retry = { baseDelay: '1s', jitter: 'none' } as const;
    app = await startApplication({ policies: { p: { retry } } });
    const down = [new Error('down'), new Error('down')];
    const slow = attempts(app, 'p', [throttled]);
    const other = attempts(app, 'p', down);
    await app.clock.advance(1000);
    const later = attempts(app, 'p', down);
    await app.clock.advance(60_000);
    expect(slow.at).toEqual([0, 20_000]);
    expect(other.at).toEqual([0, 1000, 3000]);
    expect(later.at).toEqual([1000, 2000, 4000]);
  });

  it('those who were told to wait equally long do not come back together', async () => {
    app = await startApplication({ random: seededChance(20_261_123) });
    const calls = Array.from({ length: 50 }, () => attempts(app, { retry: { budget: false } }, [throttled]));
    await app.clock.advance(60_000);
    const returns = calls.map(({ at }) => at[1] ?? NaN);
    expect(new Set(returns.map(Math.round)).size).toBeGreaterThan(40);
    expect(Math.min(...returns)).toBeGreaterThanOrEqual(20_000);
    expect(Math.max(...returns)).toBeLessThan(22_000);
  });

  it('a server error is repeated whatever its name', async () => {
    app = await startApplication();
    for (const name of ['SERVER_ERROR', 'InternalFailure', 'Surprise']) {
      const $metadata = { httpStatusCode: 500 };
      const error = Object.assign(new Error('down'), { name, $fault: 'server', $metadata });
      const { at } = attempts(app, { retry: { baseDelay: 0 } }, [error]);
      await app.clock.advance(1);
      expect(at).toHaveLength(2);
    }
  });

  it('a wall clock set back an hour refills no retry budget and empties none', async () => {
    const budget = { ratio: 0, minPerSecond: 1, window: '10s' };
    app = await startApplication({ policies: { p: { retry: { baseDelay: 0, maxRetries: 100, budget } } } });
    const retriesOf = async () => {
      const before = app.told.length;
      await fail(app, 'p');
      return app.told.slice(before).filter(({ type }) => type === 'retry.scheduled').length;
    };
    expect(await retriesOf()).toBe(10);
    app.clock.epoch -= 3_600_000;
    expect(await retriesOf()).toBe(0);
    await app.clock.advance(30_000);
    expect(await retriesOf()).toBe(10);
  });
});
