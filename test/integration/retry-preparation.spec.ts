import { afterEach, describe, expect, it } from '@jest/globals';
import { Resilient, ResilienceConfigurationError } from 'nestjs-breakwater';
import type { PolicyOptions } from 'nestjs-breakwater';
import { startApplication } from '../support/application.js';
import { causeOf } from '../support/http-way.js';
import { strategyWays } from '../support/strategy-ways.js';
import type { Scenario } from '../support/strategy-ways.js';

let app: Scenario | undefined;
afterEach(async () => {
  await app?.stop();
  app = undefined;
});

const busy = () => Object.assign(new Error('busy'), { response: { status: 503, headers: {} } });

/** Fails once or as often as told, and notes when its attempts and the preparations of its retries began. */
function noted(failures = 1) {
  const seen: string[] = [];
  const note = (what: string) => seen.push(`${what} at ${app?.clock.now()}`);
  let left = failures;
  const work = () => {
    note('attempt');
    if (left-- > 0) throw busy();
    return 'fine';
  };
  return { seen, note, work };
}

const fixed = { baseDelay: '1s', jitter: 'none' } as const;

describe.each(strategyWays)('through %s, beforeRetry', (_way, start) => {
  it('is awaited after the pause, before the next attempt', async () => {
    const { seen, note, work } = noted();
    const beforeRetry = async () => {
      note('prepare');
      await new Promise<void>((done) => void app?.clock.setTimeout(done, 500));
    };
    app = await start({ retry: { ...fixed, beforeRetry } });
    const run = app.run(work);
    await app.clock.advance(5000);
    await expect(run).resolves.toBe('fine');
    expect(seen).toEqual(['attempt at 0', 'prepare at 1000', 'attempt at 1500']);
  });

  it('gets the event of the retry', async () => {
    const events: unknown[] = [];
    app = await start({ retry: { ...fixed, beforeRetry: (event) => void events.push(event) } });
    const run = app.run(noted().work);
    await app.clock.advance(5000);
    await run;
    expect(events).toMatchObject([{ type: 'retry.scheduled', attempt: 2, delay: 1000, reason: 'backoff' }]);
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('no token'))],
    [
      'throws',
      () => {
        throw new Error('no token');
      },
    ],
  ])('that %s fails the call with its last error, and no attempt is made', async (_name, beforeRetry) => {
    const { seen, work } = noted();
    app = await start({ retry: { ...fixed, beforeRetry } });
    const run = app.run(work).catch((error: unknown) => error);
    await app.clock.advance(5000);
    expect(causeOf(await run)).toMatchObject({ message: 'busy' });
    expect(seen).toEqual(['attempt at 0']);
    expect(app.told).toContainEqual(
      expect.objectContaining({ type: 'retry.suppressed', reason: 'before-retry' }),
    );
  });

  it('ends with the caller’s abort, whose reason the caller gets', async () => {
    const { seen, work } = noted();
    app = await start({ retry: { ...fixed, beforeRetry: () => new Promise(() => undefined) } });
    const caller = new AbortController();
    const run = app.run(work, { signal: caller.signal }).catch((error: unknown) => error);
    await app.clock.advance(2000);
    caller.abort(new Error('the caller has gone'));
    expect(causeOf(await run)).toMatchObject({ message: 'the caller has gone' });
    expect(seen).toEqual(['attempt at 0']);
  });

  it('counts for the total timeout', async () => {
    const { seen, work } = noted();
    const policy: PolicyOptions = {
      retry: { ...fixed, beforeRetry: () => new Promise(() => undefined) },
      timeout: { total: '3s' },
    };
    app = await start(policy);
    const run = app.run(work).catch((error: unknown) => error);
    await app.clock.advance(2999);
    expect(app.told.filter(({ type }) => type === 'call.settled')).toEqual([]);
    await app.clock.advance(1);
    expect(await run).toMatchObject({ name: 'TimeoutException' });
    expect(seen).toEqual(['attempt at 0']);
  });

  it('draws from the budget after it has run, and a spent budget refuses before the pause', async () => {
    const { seen, note, work } = noted(3);
    const budget = { minPerSecond: 0.1, ratio: 0, window: '10s' } as const;
    app = await start({ retry: { ...fixed, budget, beforeRetry: () => void note('prepare') } });
    const run = app.run(work).catch((error: unknown) => error);
    await app.clock.advance(5000);
    expect(causeOf(await run)).toMatchObject({ message: 'busy' });
    expect(seen).toEqual(['attempt at 0', 'prepare at 1000', 'attempt at 1000']);
    expect(app.told).toContainEqual(expect.objectContaining({ type: 'retry.suppressed', reason: 'budget' }));
  });
});

describe.each(strategyWays)('through %s, maxRetries: Infinity', (_way, start) => {
  it('goes on while the next attempt is within maxElapsed', async () => {
    const { seen, work } = noted(Infinity);
    app = await start({ retry: { ...fixed, backoff: 'constant', maxRetries: Infinity, maxElapsed: '10s' } });
    const run = app.run(work).catch((error: unknown) => error);
    await app.clock.advance(60_000);
    expect(causeOf(await run)).toMatchObject({ message: 'busy' });
    expect(seen).toHaveLength(10);
  });
});

describe('maxRetries: Infinity in a configuration', () => {
  it('fails the start, and names the policy', async () => {
    const options = { policies: { p: { retry: { maxRetries: Infinity } } } };
    await expect(startApplication(options)).rejects.toThrow(/p\.retry\.maxRetries/);
  });

  it('is judged once the layers are merged: a total timeout beside it is an end', async () => {
    class Works {
      @Resilient({ retry: { maxRetries: Infinity } })
      async run() {
        return 'fine';
      }
    }
    const { module } = await startApplication({ defaults: { timeout: { total: '1s' } } }, Works);
    await expect(module.get(Works).run()).resolves.toBe('fine');
    await module.close();
    await expect(startApplication({}, Works)).rejects.toThrow(/maxRetries/);
  });

  it('is described as a word, which JSON can hold', async () => {
    const options = { policies: { p: { retry: { maxRetries: Infinity, maxElapsed: '1m' } } } };
    const { module, service } = await startApplication(options);
    expect(JSON.stringify(service.describe('p'))).toContain('"maxRetries":"Infinity"');
    await module.close();
  });

  it('rejects an execute with an inline policy', async () => {
    const { module, service } = await startApplication({});
    const run = service.execute({ retry: { maxRetries: Infinity } }, () => 'fine');
    await expect(run).rejects.toThrow(ResilienceConfigurationError);
    await module.close();
  });
});
