import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from '@jest/globals';
import { CACHE_MANAGER, CacheModule } from '@nestjs/cache-manager';
import KeyvRedis from '@keyv/redis';
import { Test } from '@nestjs/testing';
import { createCache } from 'cache-manager';
import { createCache as createCache6 } from 'cache-manager-6';
import { Keyv } from 'keyv';
import { Cache, cacheStore, ResilienceCache, ResilienceModule } from 'nestjs-breakwater';
import type { CacheLike, CacheStore } from 'nestjs-breakwater';
import { describeWith, REDIS } from './support/listening.js';

/** Keys of this run: other runs may use the same server. */
const NAME = `breakwater-${randomUUID()}`;

class Rates {
  calls = 0;

  @Cache({ ttl: '1m', name: NAME })
  async rate(currency: string): Promise<{ currency: string; call: number }> {
    return Promise.resolve({ currency, call: ++this.calls });
  }
}

/** The store of a cache, and the end of its last `set`, which no call waits for. */
function watchedStore(cache: CacheLike) {
  const store = cacheStore(cache);
  let writing: unknown;
  const set: CacheStore['set'] = (key, value, ttl) => (writing = store.set(key, value, ttl));
  return { store: { ...store, set }, written: async () => void (await writing) };
}

async function start(store: CacheStore) {
  const module = await Test.createTestingModule({
    imports: [ResilienceModule.forRoot({ cache: { store } })],
    providers: [Rates],
  }).compile();
  await module.init();
  return { rates: module.get(Rates), cache: module.get(ResilienceCache), close: () => module.close() };
}

/** Keeps, finds and deletes answers; another process finds them as well. */
async function keepsAnswers(cache: CacheLike): Promise<void> {
  const { store, written } = watchedStore(cache);
  const one = await start(store);
  expect(await one.rates.rate('EUR')).toEqual({ currency: 'EUR', call: 1 });
  await written();
  expect(await one.rates.rate('EUR')).toEqual({ currency: 'EUR', call: 1 });
  const other = await start(store);
  expect(await other.rates.rate('EUR')).toEqual({ currency: 'EUR', call: 1 });
  expect(other.rates.calls).toBe(0);
  await other.cache.delete(NAME, ['EUR']);
  expect(await one.rates.rate('EUR')).toEqual({ currency: 'EUR', call: 2 });
  await written();
  await one.cache.clear(NAME);
  expect(await one.rates.rate('EUR')).toEqual({ currency: 'EUR', call: 3 });
  await one.cache.delete(NAME, ['EUR']);
  await Promise.all([one.close(), other.close()]);
}

describe('answers in caches of other libraries', () => {
  it('are kept by Keyv 5 in memory', () => keepsAnswers(new Keyv()));
  it('are kept by cache-manager 7', () => keepsAnswers(createCache()));
  it('are kept by cache-manager 6', () => keepsAnswers(createCache6()));

  it('are kept by the CACHE_MANAGER of @nestjs/cache-manager', async () => {
    const module = await Test.createTestingModule({
      imports: [
        CacheModule.register({ isGlobal: true }),
        ResilienceModule.forRootAsync({
          inject: [CACHE_MANAGER],
          useFactory: (cache: CacheLike) => ({ cache: { store: cacheStore(cache) } }),
        }),
      ],
      providers: [Rates],
    }).compile();
    await module.init();
    await keepsAnswers(module.get(CACHE_MANAGER));
    await module.close();
  });
});

await describeWith(REDIS, 'answers in a Redis', () => {
  const keyv = new Keyv(new KeyvRedis(`redis://127.0.0.1:${REDIS.port}`), { namespace: NAME });
  afterAll(() => keyv.disconnect());

  it('are kept by Keyv 5', () => keepsAnswers(keyv));
});
