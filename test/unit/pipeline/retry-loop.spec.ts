import { describe, expect, it } from '@jest/globals';
import type { RetryOptions } from '../../../lib/strategies/retry/retry.options.js';
import { engineOf } from '../../support/pipeline.js';

const down = new Error('down');

describe('a call that is throttled', () => {
  it('waits for as long as the throttle says before each attempt', async () => {
    const { run, clock } = engineOf({ retry: { baseDelay: 0 } });
    const delays = [100, 0, 50, 0];
    const began: number[] = [];
    const body = () => (
      began.push(clock.now()),
      began.length < 2 ? Promise.reject(down) : Promise.resolve('result')
    );
    const end = run(body, { throttleDelay: () => delays.shift() ?? 0 });
    await clock.advance(1000);
    await expect(end).resolves.toBe('result');
    expect(began).toEqual([100, 150]);
  });

  it.each<[RetryOptions | false, number]>([
    [false, 1],
    [{ retryOn: () => true, maxRetries: 3, baseDelay: 10 }, 4],
  ])('ends with the refusal of the throttle, however often %j repeats it', async (retry, times) => {
    const { run, clock, told, listen } = engineOf({ retry });
    listen();
    let asked = 0;
    const throttleDelay = () => {
      asked++;
      throw down;
    };
    const end = expect(run(() => Promise.resolve('never'), { throttleDelay })).rejects.toBe(down);
    await clock.advance(60_000);
    await end;
    expect(asked).toBe(times);
    expect(told.at(-1)).toMatchObject({ type: 'call.settled', outcome: 'rejected', attempts: 0 });
  });
});
