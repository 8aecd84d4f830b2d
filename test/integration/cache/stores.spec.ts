import { describe, expect, it } from '@jest/globals';
import { Cache, cacheStore, Fallback, ResilienceCache, Timeout } from 'nestjs-breakwater';
import type { CacheOptions, CacheStore } from 'nestjs-breakwater';
import { startApplication } from '../../support/application.js';

/** A store whose operations can be made to fail, to hang and to lie. */
class FakeStore {
  readonly data = new Map<string, unknown>();
  readonly asked: string[] = [];
  mode: 'well' | 'fails' | 'throws' | 'hangs' = 'well';
  lie: unknown = undefined;

  get(key: string): unknown {
    this.asked.push('get');
    return this.done(this.lie ?? this.data.get(key));
  }

  set(key: string, value: unknown, ttl: number): unknown {
    this.asked.push(`set ${ttl}`);
    this.data.set(key, JSON.parse(JSON.stringify(value)));
    return this.done(undefined);
  }

  delete(key: string): unknown {
    return this.done(this.data.delete(key));
  }

  private done(value: unknown): unknown {
    if (this.mode === 'throws') throw new Error('no connection');
    if (this.mode === 'fails') return Promise.reject(new Error('no connection'));
    return this.mode === 'hangs' ? new Promise(() => undefined) : Promise.resolve(value);
  }
}

/** A store that lists its keys; as a class of its own it needs its `this`. */
class ListedStore extends FakeStore {
  async *keys(prefix: string): AsyncGenerator<string> {
    for (const key of this.data.keys()) if (key.startsWith(prefix)) yield Promise.resolve(key);
  }
}

async function start(options: Partial<CacheOptions> = {}, store: CacheStore = new FakeStore()) {
  class Rates {
    calls = 0;
    failure: unknown = undefined;

    @Fallback(() => 'instead', { on: SyntaxError })
    @Cache({ ttl: '1m', ...options })
    @Timeout({ total: '1s' })
    async rate(currency: string): Promise<string> {
      const call = ++this.calls;
      await Promise.resolve();
      if (this.failure !== undefined) throw this.failure;
      return `${currency} ${call}`;
    }
  }
  const app = await startApplication({ cache: { store } }, Rates);
  const [rates, cache] = [app.module.get(Rates), app.module.get(ResilienceCache)];
  return { ...app, store: store as unknown as FakeStore, rates, cache };
}

const keepingPolicy = { policies: { kept: { cache: { ttl: '1m' as const } } } };

const down = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

describe('answers in a store', () => {
  it('are kept under a hashed key with their times, for as long as they may be of use', async () => {
    const { rates, store, clock, settled } = await start({ staleIfError: '1h' });
    await rates.rate('EUR');
    expect(store.asked).toEqual(['get', `set ${60_000 + 3_600_000}`]);
    const [[key, value]] = [...store.data];
    expect(key).toMatch(/^bw:cache:Rates\.rate:[0-9a-f]{64}$/);
    const storedAt = clock.wallNow();
    expect(value).toEqual({ value: 'EUR 1', storedAt, expires: storedAt + 60_000 });
    expect(await rates.rate('EUR')).toBe('EUR 1');
    expect(settled.at(-1)).toMatchObject({ cache: 'hit', attempts: 0, outcome: 'success' });
  });

  it('are found by another process', async () => {
    const store = new FakeStore();
    await (await start({}, store)).rates.rate('EUR');
    const { rates } = await start({}, store);
    expect([await rates.rate('EUR'), rates.calls]).toEqual(['EUR 1', 0]);
  });

  it('are asked for once where many calls miss at the same time', async () => {
    const { rates, store } = await start();
    await Promise.all([rates.rate('EUR'), rates.rate('EUR'), rates.rate('EUR')]);
    expect([rates.calls, store.asked.length]).toEqual([1, 2]);
  });

  it('stand in for failures, and are renewed behind', async () => {
    const { rates, clock, told } = await start({ staleIfError: '1h', staleWhileRevalidate: '1s' });
    await rates.rate('EUR');
    await clock.advance(60_500);
    expect(await rates.rate('EUR')).toBe('EUR 1');
    await clock.advance(0);
    expect(await rates.rate('EUR')).toBe('EUR 2');
    await clock.advance(70_000);
    rates.failure = down;
    expect(await rates.rate('EUR')).toBe('EUR 2');
    expect(told).toMatchObject([{ type: 'cache.stale-served', error: down, age: 70_000 }]);
  });

  it('leave by their key, and all together only where the store can list them', async () => {
    const { rates, cache, store } = await start();
    await rates.rate('EUR');
    await cache.delete('Rates.rate', ['EUR']);
    expect(store.data.size).toBe(0);
    await rates.rate('EUR');
    await expect(cache.clear('Rates.rate')).rejects.toThrow(
      "The cache 'Rates.rate' cannot be cleared as a whole: its store cannot list its keys. Delete single keys",
    );
  });

  it('leave all together where the store can list them', async () => {
    const { rates, cache, store } = await start({}, new ListedStore());
    await rates.rate('EUR');
    store.data.set('other', 1);
    await cache.clear('Rates.rate');
    expect([...store.data.keys()]).toEqual(['other']);
  });

  it('leave without those of a name that begins with theirs, and from a store that is a class of its own', async () => {
    const store = new ListedStore();
    const { service, module } = await startApplication({ ...keepingPolicy, cache: { store } });
    for (const name of ['orders', 'orders:read'])
      await service.execute('kept', () => 1, { name, cacheKey: 'a' });
    await module.get(ResilienceCache).clear('orders');
    expect([...store.data.keys()]).toEqual([expect.stringMatching(/^bw:cache:orders:read:/)]);
  });

  it('need a name where two classes are called alike', async () => {
    const make = () => {
      class Rates {
        @Cache({ ttl: '1m' })
        async rate(id: number): Promise<number> {
          return Promise.resolve(id);
        }
      }
      return Rates;
    };
    const [One, Two] = [make(), make()];
    const providers = [
      { provide: 'one', useClass: One },
      { provide: 'two', useClass: Two },
    ];
    await expect(startApplication({ cache: { store: new FakeStore() } }, ...providers)).rejects.toThrow(
      'Rates.rate @Cache.name: expected a name, as another class of this name has answers in the store',
    );
  });

  it('of a name that no call has used yet can be deleted', async () => {
    const store = new FakeStore();
    const options = { ...keepingPolicy, cache: { store } };
    const first = await startApplication(options);
    await first.service.execute('kept', () => 1, { name: 'n', cacheKey: 'a' });
    const second = await startApplication(options);
    await second.module.get(ResilienceCache).delete('n', 'a');
    expect(store.data.size).toBe(0);
  });

  it('of a name that no call has used yet can be cleared, where the store can list them', async () => {
    const store = new ListedStore();
    const options = { ...keepingPolicy, cache: { store } };
    const first = await startApplication(options);
    await first.service.execute('kept', () => 1, { name: 'n', cacheKey: 'a' });
    const second = await startApplication(options);
    await second.module.get(ResilienceCache).clear('n');
    expect(store.data.size).toBe(0);
    const other = await startApplication({ ...keepingPolicy, cache: { store: new FakeStore() } });
    await expect(other.module.get(ResilienceCache).clear('n')).rejects.toThrow('cannot list its keys');
  });
});

describe('a store that does not do its work', () => {
  it.each(['fails', 'throws'] as const)('%s: the call goes on without it, which is told', async (mode) => {
    const { rates, store, told, clock } = await start();
    store.mode = mode;
    expect(await rates.rate('EUR')).toBe('EUR 1');
    expect(told).toMatchObject([
      { type: 'cache.store-failed', name: 'Rates.rate', operation: 'get', error: new Error('no connection') },
    ]);
    expect(await rates.rate('EUR')).toBe('EUR 2');
    expect(store.asked).toEqual(['get']);
    await clock.advance(4_999);
    await rates.rate('EUR');
    expect(store.asked).toEqual(['get']);
    store.mode = 'well';
    await clock.advance(1);
    await rates.rate('EUR');
    expect(store.asked).toEqual(['get', 'get', 'set 60000']);
  });

  it('hangs: the call waits a quarter of a second, and no later one does', async () => {
    const { rates, store, told, clock } = await start();
    store.mode = 'hangs';
    const first = rates.rate('EUR');
    await clock.advance(249);
    expect(rates.calls).toBe(0);
    await clock.advance(1);
    expect(await first).toBe('EUR 1');
    expect(told).toMatchObject([{ type: 'cache.store-failed', operation: 'get' }]);
    expect(await rates.rate('EUR')).toBe('EUR 2');
  });

  it('fails to keep an answer: that is told, and nothing else', async () => {
    const { rates, store, told } = await start();
    const running = rates.rate('EUR');
    await Promise.resolve();
    store.mode = 'fails';
    expect(await running).toBe('EUR 1');
    await Promise.resolve();
    expect(told).toMatchObject([{ type: 'cache.store-failed', operation: 'set' }]);
  });

  it.each([
    ['a text', 'EUR 0'],
    ['a number', 7],
    ['a list', ['EUR 0']],
    ['no times', { value: 'EUR 0' }],
    ['times that are texts', { value: 'EUR 0', storedAt: '1', expires: '2' }],
    ['an end before its beginning', { value: 'EUR 0', storedAt: 2, expires: 1 }],
    ['no value', { storedAt: 1, expires: 2 }],
    ['no end', { value: 'EUR 0', storedAt: 1, expires: Infinity }],
  ])('lies with %s: that is a miss, told, and the store is asked again', async (_what, lie) => {
    const { rates, store, told } = await start();
    store.lie = lie;
    expect(await rates.rate('EUR')).toBe('EUR 1');
    expect(told).toMatchObject([{ type: 'cache.store-failed', operation: 'get' }]);
    store.lie = undefined;
    expect(await rates.rate('EUR')).toBe('EUR 1');
  });

  it('has nothing: null and undefined are plain misses', async () => {
    const { rates, store, told } = await start();
    store.lie = null;
    await rates.rate('EUR');
    expect(told).toEqual([]);
  });

  it('hangs: its wait counts against the total timeout, and the caller may leave', async () => {
    class Slow {
      @Cache({ ttl: '1m' })
      @Timeout({ total: 100 })
      async of(_id: number, _signal?: AbortSignal): Promise<number> {
        return Promise.resolve(1);
      }
    }
    const store = new FakeStore();
    store.mode = 'hangs';
    const { module, clock, told } = await startApplication({ cache: { store } }, Slow);
    const slow = module.get(Slow);
    const leaving = new AbortController();
    const [timed, left] = [slow.of(1), slow.of(1, leaving.signal)];
    leaving.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    timed.catch(() => undefined);
    await clock.advance(100);
    await expect(timed).rejects.toMatchObject({ scope: 'total', timeout: 100 });
    expect(told).toMatchObject([{ type: 'timeout', scope: 'total' }]);
  });

  it('hangs while the application closes: nothing is left behind', async () => {
    const { rates, store, module } = await start();
    store.mode = 'hangs';
    const call = rates.rate('EUR');
    call.catch(() => undefined);
    await module.close();
    await expect(call).rejects.toMatchObject({ code: 'RESILIENCE_SHUTDOWN' });
  });
});

describe('cacheStore()', () => {
  it('takes what has get, set and delete or del, and nothing else', () => {
    const [get, set, del] = [() => undefined, () => undefined, () => true];
    expect(cacheStore({ get, set, del }).delete('a')).toBe(true);
    expect(() => cacheStore({ get, set })).toThrow('expected a cache with get, set, and delete or del');
    expect(() => cacheStore(undefined as never)).toThrow(TypeError);
  });
});
