import { describe, expect, it } from '@jest/globals';
import { Injectable, Scope } from '@nestjs/common';
import { AsyncLocalStorage } from 'node:async_hooks';
import { Attempt, Cache, Coalesce, ResilienceCache, Resilient } from 'nestjs-breakwater';
import type { AttemptContext, CacheKey, CacheOptions } from 'nestjs-breakwater';
import { startApplication } from '../../support/application.js';

/** A method that answers with its arguments, and remembers how often it ran. */
async function start(options: CacheOptions = {}, partition?: () => string) {
  class Echo {
    calls = 0;

    @Cache({ ttl: '1m', ...options })
    async of(...args: unknown[]): Promise<unknown[]> {
      this.calls++;
      return Promise.resolve(args);
    }
  }
  const app = await startApplication(partition ? { cache: { partition } } : {}, Echo);
  return { ...app, echo: app.module.get(Echo), cache: app.module.get(ResilienceCache) };
}

describe('the key of an answer', () => {
  it.each([
    [['1'], [1]],
    [[1], [1n]],
    [[0], [false]],
    [[null], [undefined]],
    [['a', 'b'], ['ab']],
    [['a', 'b'], ['a,b']],
    [
      ['a', undefined, 'b'],
      ['a', 'b'],
    ],
    [['s1:a'], ['a']],
    [['\0s1:a'], ['a']],
    [['\0s1:as1:b'], ['a', 'b']],
    [['null'], [null]],
    [['NaN'], [NaN]],
  ])('tells %j from %j', async (one, other) => {
    const { echo } = await start();
    expect(await echo.of(...one)).toEqual(one);
    expect(await echo.of(...other)).toEqual(other);
    expect(echo.calls).toBe(2);
  });

  it.each([
    [[0], [-0]],
    [[NaN], [NaN]],
    [['a'], ['a', undefined]],
    [[], [undefined, undefined]],
    [
      ['a', 1n],
      ['a', 1n],
    ],
    [['a', new AbortController().signal], ['a']],
    [['a', { signal: new AbortController().signal }], ['a']],
  ])('is the same for %p and %p', async (one, other) => {
    const { echo } = await start();
    await echo.of(...one);
    await echo.of(...other);
    expect(echo.calls).toBe(1);
  });

  it('needs a function for arguments that are objects, and says so', async () => {
    const { echo } = await start();
    await expect(echo.of('a', { id: 1 })).rejects.toThrow(
      /Echo\.of: cache\.key: .*a function that makes a key of the arguments, as argument 2 is no plain value/,
    );
    expect(echo.calls).toBe(0);
  });

  it.each([
    ['resolves', () => Promise.resolve('a')],
    ['rejects', () => Promise.reject(new Error('no key'))],
  ])('is no promise, also where that %s', async (_, key) => {
    const { echo } = await start({ key: key as never });
    await expect(echo.of('a')).rejects.toThrow(/cache\.key: .*a text, a number, a boolean, null, or a list/);
    expect(echo.calls).toBe(0);
  });

  it('is what a function makes of the arguments, on the instance', async () => {
    const key = function (this: { calls: number }, query: { id: number }) {
      return [typeof this.calls, query.id];
    };
    const { echo, cache } = await start({ key: key });
    await echo.of({ id: 1 });
    await echo.of({ id: 1, more: true });
    expect(echo.calls).toBe(1);
    await cache.delete('Echo.of', ['number', 1]);
    await echo.of({ id: 1 });
    expect(echo.calls).toBe(2);
  });

  it.each([
    ['throws', new RangeError('no tenant')],
    ['returns nothing', undefined],
    ['returns an object', {}],
  ])('is an error of the call where its function %s', async (_what, made) => {
    const key = () => {
      if (made instanceof Error) throw made;
      return made as CacheKey;
    };
    const { echo } = await start({ key });
    await expect(echo.of('a')).rejects.toThrow(made instanceof Error ? 'no tenant' : 'cache.key');
    expect(echo.calls).toBe(0);
  });

  it('has nothing of an attempt that a caller passes on', async () => {
    class Work {
      calls = 0;

      @Cache({ ttl: '1m' })
      async of(id: number, @Attempt() attempt?: AttemptContext): Promise<number> {
        this.calls++;
        return Promise.resolve(id * (attempt?.attempt ?? 0));
      }
    }
    const { module } = await startApplication({}, Work);
    const work = module.get(Work);
    expect(await work.of(7)).toBe(7);
    expect(await work.of(7, { attempt: 5 } as AttemptContext)).toBe(7);
    expect(work.calls).toBe(1);
  });

  it('is the same in other words for those who delete it', async () => {
    const { echo, cache } = await start();
    await echo.of('a');
    await cache.delete('Echo.of', 'a');
    await echo.of('a');
    await cache.clear('Echo.of', ['a']);
    await echo.of('a');
    expect(echo.calls).toBe(3);
  });
});

describe('answers of a tenant', () => {
  it('never reach another tenant, also where a run is shared, and leave by themselves', async () => {
    const tenant = new AsyncLocalStorage<string>();
    const { echo, cache } = await start({}, () => tenant.getStore() as string);
    const ask = (who: string) => tenant.run(who, () => echo.of('a'));
    await Promise.all([ask('ada'), ask('bob'), ask('ada')]);
    expect(echo.calls).toBe(2);
    await tenant.run('ada', () => cache.clear('Echo.of'));
    await ask('bob');
    expect(echo.calls).toBe(2);
    await ask('ada');
    expect(echo.calls).toBe(3);
    await tenant.run('bob', () => cache.delete('Echo.of', ['a']));
    await ask('ada');
    expect(echo.calls).toBe(3);
  });

  it('are none without a tenant: such calls would share with each other', async () => {
    const { echo } = await start({}, () => undefined as unknown as string);
    await expect(echo.of('a')).rejects.toThrow('cache.partition: expected to return a text, got undefined');
    expect(echo.calls).toBe(0);
  });

  it('share no run of @Coalesce with another one', async () => {
    const tenant = new AsyncLocalStorage<string>();
    class Work {
      calls = 0;

      @Coalesce()
      async of(id: number): Promise<string> {
        this.calls++;
        await Promise.resolve();
        return `${String(tenant.getStore())} ${id}`;
      }
    }
    const partition = () => tenant.getStore() as string;
    const { module } = await startApplication({ cache: { partition } }, Work);
    const work = module.get(Work);
    const ask = (who: string) => tenant.run(who, () => work.of(1));
    expect(await Promise.all([ask('ada'), ask('bob'), ask('ada')])).toEqual(['ada 1', 'bob 1', 'ada 1']);
    expect(work.calls).toBe(2);
  });
});

describe('answers of a method', () => {
  it('are not those of another class that inherits it', async () => {
    class Repository {
      @Cache({ ttl: '1m' })
      async find(id: number): Promise<string> {
        return Promise.resolve(`${this.constructor.name} ${id}`);
      }
    }
    @Injectable()
    class Users extends Repository {}
    @Injectable()
    class Orders extends Repository {}
    const { module } = await startApplication({}, Users, Orders);
    const [users, orders] = [module.get(Users), module.get(Orders)];
    expect([await users.find(1), await orders.find(1), await users.find(1)]).toEqual([
      'Users 1',
      'Orders 1',
      'Users 1',
    ]);
    const cache = module.get(ResilienceCache);
    await cache.delete('Repository.find', [1]);
    await Promise.all([users.find(1), orders.find(1)]);
    expect(cache.stats()).toMatchObject([{ name: 'Repository.find', miss: 4, hit: 1 }]);
  });

  it('are not those of a class without a name that inherits it', async () => {
    class Repository {
      readonly table: string = 'all';

      @Cache({ ttl: '1m' })
      async find(id: number): Promise<string> {
        return Promise.resolve(`${this.table} ${id}`);
      }
    }
    const of = (name: string) =>
      class extends Repository {
        override readonly table = name;
      };
    const providers = ['users', 'orders'].map((name) => ({ provide: name, useClass: of(name) }));
    const { module } = await startApplication({}, Repository, ...providers);
    const found = [Repository, 'users', 'orders'].map((token) => module.get<Repository>(token).find(1));
    expect(await Promise.all(found)).toEqual(['all 1', 'users 1', 'orders 1']);
  });

  it('are not those of another method of the same policy, whose name gathers them', async () => {
    class Work {
      calls = 0;

      @Resilient('kept')
      async one(id: number): Promise<string> {
        return Promise.resolve(`one ${id} ${++this.calls}`);
      }

      @Resilient('kept')
      async two(id: number): Promise<string> {
        return Promise.resolve(`two ${id} ${++this.calls}`);
      }
    }
    const { module } = await startApplication({ policies: { kept: { cache: { ttl: '1m' } } } }, Work);
    const work = module.get(Work);
    const both = async () => [await work.one(1), await work.two(1)];
    expect(await both()).toEqual(['one 1 1', 'two 1 2']);
    await module.get(ResilienceCache).clear('kept');
    expect(await both()).toEqual(['one 1 3', 'two 1 4']);
  });

  it('may have a name, which stands in one place only', async () => {
    class Work {
      @Cache({ ttl: '1m', name: 'rates' })
      async one(id: number): Promise<number> {
        return Promise.resolve(id);
      }

      @Cache({ ttl: '1m', name: 'rates' })
      async two(id: number): Promise<number> {
        return Promise.resolve(id);
      }
    }
    await expect(startApplication({}, Work)).rejects.toThrow(
      'Work.two @Cache.name: expected a name of its own, as Work.one @Cache has the same one, got "rates"',
    );
  });

  it('need a key in a class that is made for each request, or for each tenant, directly or not', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class PerRequest {
      @Cache({ ttl: '1m' })
      async one(id: number): Promise<number> {
        return Promise.resolve(id);
      }

      @Coalesce()
      async two(id: number): Promise<number> {
        return Promise.resolve(id);
      }

      @Cache({ ttl: '1m', key: (id: number) => id })
      async three(id: number): Promise<number> {
        return Promise.resolve(id);
      }
    }
    @Injectable()
    class Behind {
      constructor(readonly inner: PerRequest) {}

      @Cache({ ttl: '1m' })
      async four(id: number): Promise<number> {
        return Promise.resolve(id);
      }
    }
    Reflect.defineMetadata('design:paramtypes', [PerRequest], Behind);
    const expected =
      'a function that makes a key, because instances made for each request share their answers';
    await expect(startApplication({}, PerRequest)).rejects.toThrow(
      new RegExp(`PerRequest\\.one cache\\.key: expected ${expected}[^]*PerRequest\\.two coalesce\\.key`),
    );
    @Injectable({ scope: Scope.REQUEST, durable: true })
    class Durable extends Behind {}
    Reflect.defineMetadata('design:paramtypes', [Object], Durable);
    await expect(startApplication({}, { provide: Object, useValue: {} }, Durable)).rejects.toThrow(
      'Behind.four cache.key',
    );
  });

  it('are shared by the instances of a request-scoped class that has a key', async () => {
    let calls = 0;
    @Injectable({ scope: Scope.REQUEST })
    class PerRequest {
      @Cache({ ttl: '1m', key: (id: number) => id })
      async of(id: number): Promise<number> {
        calls++;
        return Promise.resolve(id);
      }
    }
    const { module } = await startApplication({}, PerRequest);
    const made = async () => module.resolve(PerRequest);
    await (await made()).of(1);
    await (await made()).of(1);
    expect(calls).toBe(1);
  });
});

describe('answers of execute', () => {
  const policies = { kept: { cache: { ttl: '1m' as const } }, shared: { coalesce: {} } };

  it('need a key, which is that of the circuits unless there is one for the answers', async () => {
    const { service } = await startApplication({ policies });
    let calls = 0;
    const work = () => ++calls;
    expect(await service.execute('kept', work, { key: 'a' })).toBe(1);
    expect(await service.execute('kept', work, { cacheKey: 'a' })).toBe(1);
    expect(await service.execute('kept', work, { key: 'a', cacheKey: 'b' })).toBe(2);
    await expect(service.execute('kept', work)).rejects.toThrow('execute.cacheKey');
    await expect(service.execute('shared', work)).rejects.toThrow('execute.cacheKey');
    expect(calls).toBe(2);
  });

  it('belong to the name of the function', async () => {
    const { service, module } = await startApplication({ policies });
    const run = (name: string) => service.execute('kept', () => name, { name, cacheKey: 1 });
    expect([await run('one'), await run('two'), await run('one')]).toEqual(['one', 'two', 'one']);
    expect(module.get(ResilienceCache).stats()).toMatchObject([
      { name: 'one', policy: 'kept', hit: 1, miss: 1 },
      { name: 'two', policy: 'kept', hit: 0, miss: 1 },
    ]);
  });

  it('need a name under an inline policy', async () => {
    const { service } = await startApplication();
    const inline = { cache: { ttl: '1m' as const } };
    await expect(service.execute(inline, () => 1, { cacheKey: 1 })).rejects.toThrow(
      'execute.name: expected a name, because the inline policy has a cache',
    );
    expect(await service.execute(inline, () => 1, { cacheKey: 1, name: 'n' })).toBe(1);
    expect(await service.execute({ ...inline }, () => 2, { cacheKey: 1, name: 'n' })).toBe(1);
  });

  it('leave circuits without a key', async () => {
    const { service, circuits } = await startApplication({
      policies: { both: { cache: { ttl: '1m' }, circuitBreaker: {} } },
    });
    await service.execute('both', () => 1, { cacheKey: 'a' });
    expect([...circuits].map(({ name }) => name)).toEqual(['both']);
  });
});

describe('the options of a cache', () => {
  it.each([
    [{}, 'cache.ttl'],
    [{ ttl: -1 }, 'cache.ttl'],
    [{ ttl: 0 }, 'cache.ttl'],
    [{ ttl: '1m', maxEntries: 0 }, 'cache.maxEntries'],
    [{ ttl: '1m', store: { get: () => 1 } }, 'cache.store: expected cacheStore(cache)'],
  ])('are checked at the start: %j', async (cache, path) => {
    await expect(startApplication({ policies: { p: { cache: cache as never } } })).rejects.toThrow(
      `policies.p.${path}`,
    );
  });

  it('may ask always, and keep answers for failures only', async () => {
    const { echo } = await start({ ttl: 0, staleIfError: '1m' });
    await echo.of('a');
    await echo.of('a');
    expect(echo.calls).toBe(2);
  });
});
