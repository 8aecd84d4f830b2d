import { describe, expect, it } from '@jest/globals';
import { Cache, CircuitBreaker, Fallback, ResilienceCache, Resilient, Timeout } from 'nestjs-breakwater';
import type { CacheOptions } from 'nestjs-breakwater';
import { startApplication } from '../../support/application.js';

/** A service whose answers are counted, and which can be made to fail. */
function ratesOf(options: CacheOptions) {
  class Rates {
    calls = 0;
    failure: unknown = undefined;

    @Cache(options)
    async rate(currency: string, _more?: unknown): Promise<string> {
      const number = ++this.calls;
      await Promise.resolve();
      if (this.failure !== undefined) throw this.failure;
      return `${currency} ${number}`;
    }
  }
  return Rates;
}

async function start(options: CacheOptions) {
  const Rates = ratesOf(options);
  const app = await startApplication({}, Rates);
  return { ...app, rates: app.module.get(Rates), cache: app.module.get(ResilienceCache) };
}

const down = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

describe('a cached method', () => {
  it('runs once for the same arguments until its answer is no longer fresh', async () => {
    const { rates, clock } = await start({ ttl: '1m' });
    expect([await rates.rate('EUR'), await rates.rate('EUR'), await rates.rate('USD')]).toEqual([
      'EUR 1',
      'EUR 1',
      'USD 2',
    ]);
    await clock.advance(59_999);
    expect(await rates.rate('EUR')).toBe('EUR 1');
    await clock.advance(1);
    expect(await rates.rate('EUR')).toBe('EUR 3');
  });

  it('keeps answers longer than any timer could', async () => {
    const { rates, clock } = await start({ ttl: '60d' });
    await rates.rate('EUR');
    await clock.advance(59 * 24 * 3_600_000);
    expect(await rates.rate('EUR')).toBe('EUR 1');
    await clock.advance(24 * 3_600_000);
    expect(await rates.rate('EUR')).toBe('EUR 2');
  });

  it('keeps no error', async () => {
    const { rates } = await start({ ttl: '1m' });
    rates.failure = down;
    await expect(rates.rate('EUR')).rejects.toBe(down);
    rates.failure = undefined;
    expect(await rates.rate('EUR')).toBe('EUR 2');
  });

  it('tells the end of its calls by what has answered them', async () => {
    const { rates, settled, cache } = await start({ ttl: '1m' });
    await Promise.all([rates.rate('EUR'), rates.rate('EUR')]);
    await rates.rate('EUR');
    expect(settled).toMatchObject([
      { outcome: 'success', attempts: 1 },
      { outcome: 'success', attempts: 0, cache: 'coalesced' },
      { outcome: 'success', attempts: 0, cache: 'hit' },
    ]);
    expect(settled[0]).not.toHaveProperty('cache');
    expect(cache.stats()).toEqual([
      { name: 'Rates.rate', entries: 1, hit: 1, stale: 0, miss: 1, coalesced: 1 },
    ]);
  });

  it('answers with the stale value in place of a failure, and says so', async () => {
    const { rates, clock, told, settled } = await start({ ttl: '1m', staleIfError: '1h' });
    await rates.rate('EUR');
    rates.failure = down;
    await clock.advance(60_000 + 3_600_000 - 1);
    expect(await rates.rate('EUR')).toBe('EUR 1');
    expect(told).toMatchObject([
      { type: 'cache.stale-served', name: 'Rates.rate', error: down, age: 3_659_999 },
    ]);
    expect(settled.at(-1)).toMatchObject({ outcome: 'fallback', attempts: 1, cache: 'stale' });
    await clock.advance(1);
    await expect(rates.rate('EUR')).rejects.toBe(down);
  });

  it('renews a stale answer behind, once at a time', async () => {
    const { rates, clock, settled } = await start({ ttl: '1m', staleWhileRevalidate: '10s' });
    await rates.rate('EUR');
    await clock.advance(60_000);
    expect(await Promise.all([rates.rate('EUR'), rates.rate('EUR')])).toEqual(['EUR 1', 'EUR 1']);
    expect(rates.calls).toBe(2);
    await clock.advance(0);
    expect(await rates.rate('EUR')).toBe('EUR 2');
    expect(settled.slice(1)).toMatchObject([
      { outcome: 'success', attempts: 0, cache: 'stale' },
      { outcome: 'success', attempts: 0, cache: 'stale' },
      { outcome: 'success', attempts: 0, cache: 'hit' },
    ]);
  });

  it('forgets what is deleted or cleared, also where a run is under way', async () => {
    const { rates, cache } = await start({ ttl: '1m' });
    const first = rates.rate('EUR');
    await cache.delete('Rates.rate', ['EUR']);
    const second = rates.rate('EUR');
    expect(await Promise.all([first, second])).toEqual(['EUR 1', 'EUR 2']);
    expect(await rates.rate('EUR')).toBe('EUR 2');
    await cache.clear('Rates.rate');
    expect(await rates.rate('EUR')).toBe('EUR 3');
  });
});

describe('a shared run', () => {
  it('is left by the caller whose time is over, and goes on for the others', async () => {
    class Work {
      signals: AbortSignal[] = [];
      finish: (value: string) => void = () => undefined;

      @Cache({ ttl: '1m' })
      @Timeout({ total: '1s' })
      run(_key: string, signal?: AbortSignal): Promise<string> {
        if (signal) this.signals.push(signal);
        return new Promise((resolve) => (this.finish = resolve));
      }
    }
    const { module, clock, told, settled } = await startApplication({}, Work);
    const work = module.get(Work);
    const abort = new AbortController();
    const first = work.run('a', abort.signal);
    first.catch(() => undefined);
    await clock.advance(500);
    const second = work.run('a');
    await clock.advance(500);
    await expect(first).rejects.toMatchObject({ code: 'RESILIENCE_TIMEOUT', scope: 'total', timeout: 1000 });
    expect(work.signals.map(({ aborted }) => aborted)).toEqual([false]);
    expect(work.signals[0]).not.toBe(abort.signal);
    await clock.advance(499);
    work.finish('done');
    await expect(second).resolves.toBe('done');
    expect(told).toMatchObject([{ type: 'timeout', scope: 'total', timeout: 1000 }]);
    expect(settled).toMatchObject([
      { outcome: 'failure', attempts: 1 },
      { outcome: 'success', attempts: 0, cache: 'coalesced' },
    ]);
  });
});

describe('a cache between other strategies', () => {
  it('stands inside the fallback, and asks no circuit on a hit', async () => {
    class Work {
      failure: unknown = undefined;

      @Fallback(() => 'instead')
      @Cache({ ttl: '1m', staleIfError: '1h' })
      @CircuitBreaker({ failureThreshold: 1 })
      async run(key: string): Promise<string> {
        await Promise.resolve();
        if (this.failure !== undefined) throw this.failure;
        return key;
      }
    }
    const { module, clock } = await startApplication({}, Work);
    const work = module.get(Work);
    await work.run('a');
    work.failure = down;
    expect(await work.run('b')).toBe('instead');
    expect(await work.run('a')).toBe('a');
    await clock.advance(60_000);
    expect(await work.run('a')).toBe('a');
  });

  it('works under a policy that several methods use, each with its own answers', async () => {
    class Work {
      @Resilient('kept')
      async one(id: number): Promise<string> {
        return Promise.resolve(`one ${id}`);
      }

      @Resilient('kept')
      async two(id: number): Promise<string> {
        return Promise.resolve(`two ${id}`);
      }
    }
    const { module } = await startApplication({ policies: { kept: { cache: { ttl: '1m' } } } }, Work);
    const work = module.get(Work);
    expect([await work.one(1), await work.two(1), await work.one(1)]).toEqual(['one 1', 'two 1', 'one 1']);
  });
});
