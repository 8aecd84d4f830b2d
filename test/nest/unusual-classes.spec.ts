import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable, Scope } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import type { TestingModule } from '@nestjs/testing';
import { Attempt, Resilient, ResilienceModule, ResilienceService, Retryable } from 'nestjs-breakwater';
import type { AttemptContext } from 'nestjs-breakwater';
import { Unsteady } from '../support/unsteady.js';

let module: TestingModule;
afterEach(() => module?.close());

async function start(...providers: unknown[]): Promise<TestingModule> {
  const retry = { baseDelay: 0, maxRetries: 1 };
  const resilience = ResilienceModule.forRoot({ defaults: { retry }, policies: { retried: {} } });
  const metadata = { imports: [resilience], providers: providers as never };
  module = await Test.createTestingModule(metadata).compile();
  return module.init();
}

class Buying {
  declare upstream: Unsteady;

  @Retryable()
  async buy(title: string, @Attempt() attempt?: AttemptContext): Promise<string> {
    return this.upstream.answer(`${title} in attempt ${attempt?.attempt}`);
  }
}

/** Copies the methods of a class, as mixins do. */
function mixin(target: { prototype: object }, source: { prototype: object }): void {
  for (const key of Object.getOwnPropertyNames(source.prototype)) {
    const descriptor = Object.getOwnPropertyDescriptor(source.prototype, key);
    if (key !== 'constructor' && descriptor) Object.defineProperty(target.prototype, key, descriptor);
  }
}

/** A class into which the method was mixed. */
function mixedShop() {
  @Injectable()
  class Shop {
    readonly upstream = new Unsteady();
  }
  mixin(Shop, Buying);
  return Shop as unknown as new () => Shop & Buying;
}

describe('a decorated method that a mixin has copied into another class', () => {
  it('is repeated, and described', async () => {
    const Shop = mixedShop();
    await start(Shop);
    await expect(module.get(Shop).buy('Emma')).resolves.toBe('Emma in attempt 2');
    expect(module.get(ResilienceService).describe(Shop, 'buy').strategies).toEqual(['retry']);
  });

  it.each([
    ['a value', (shop: object) => ({ useValue: shop })],
    ['a frozen value', (shop: object) => ({ useValue: Object.freeze(shop) })],
    ['the product of a factory', (shop: object) => ({ useFactory: () => shop })],
    [
      'the product of a factory for each request',
      (shop: object) => ({ useFactory: () => shop, scope: Scope.REQUEST }),
    ],
  ])('is repeated on %s', async (_what, provided) => {
    const Shop = mixedShop();
    await start({ provide: 'shop', ...provided(new Shop()) });
    const shop = await module.resolve<Buying>('shop');
    await expect(shop.buy('Emma')).resolves.toBe('Emma in attempt 2');
  });

  it('is repeated on what ModuleRef.create() makes once the application has started', async () => {
    const Shop = mixedShop();
    await start(Shop);
    const shop = await module.get(ModuleRef).create(Shop);
    await expect(shop.buy('Emma')).resolves.toBe('Emma in attempt 2');
  });

  it('runs bare in a class that was made with new', async () => {
    const Shop = mixedShop();
    await start(Shop);
    await expect(new Shop().buy('Emma')).rejects.toThrow('not now');
  });

  it.each([
    ['for each request', Scope.REQUEST],
    ['for each class that asks', Scope.TRANSIENT],
  ])(
    'is an error where Nest makes instances %s, unless the class is decorated itself',
    async (_what, scope) => {
      const Shop = mixedShop();
      Injectable({ scope })(Shop);
      await expect(start(Shop)).rejects.toThrow(/Shop\.buy: .*got "Buying\.buy, copied by a mixin"/);

      class Decorated {
        readonly upstream = new Unsteady();

        @Retryable()
        async sell(): Promise<void> {}
      }
      Injectable({ scope })(Decorated);
      mixin(Decorated, Buying);
      await start(Decorated);
      const shop = (await module.resolve(Decorated)) as unknown as Buying;
      await expect(shop.buy('Emma')).resolves.toBe('Emma in attempt 2');
    },
  );

  it('has a pipeline of its own once it is decorated there too', async () => {
    const Shop = mixedShop();
    const prototype: object = Shop.prototype;
    const descriptor = Object.getOwnPropertyDescriptor(prototype, 'buy') as never;
    Resilient({ timeout: '2s' })(prototype, 'buy', descriptor);
    Object.defineProperty(prototype, 'buy', descriptor);
    await start(Shop, {
      provide: Buying,
      useValue: Object.assign(new Buying(), { upstream: new Unsteady() }),
    });
    const describe = (type: new () => Buying) => module.get(ResilienceService).describe(type, 'buy');
    expect(describe(Shop)).toMatchObject({ name: 'Shop.buy', strategies: ['retry', 'attempt timeout'] });
    expect(describe(Buying)).toMatchObject({ name: 'Buying.buy', strategies: ['retry'] });
    await expect(module.get(Shop).buy('Emma')).resolves.toBe('Emma in attempt 2');
  });
});

describe('a method with a symbol for its name', () => {
  const BUY = Symbol('buy');

  it('is repeated under @Resilient at the class; what the language calls is left alone', async () => {
    @Resilient('retried')
    class Shop {
      readonly upstream = new Unsteady();

      async [BUY](): Promise<string> {
        return this.upstream.answer('fine');
      }

      async *[Symbol.asyncIterator](): AsyncGenerator<string> {
        yield this.upstream.answer('a title');
      }

      [Symbol.toPrimitive](): string {
        return 'shop';
      }
    }
    await start(Shop);
    const shop = module.get(Shop);
    await expect(shop[BUY]()).resolves.toBe('fine');
    const titles: string[] = [];
    for await (const title of shop) titles.push(title);
    expect(titles).toEqual(['a title']);
    expect(Reflect.apply(String, undefined, [shop])).toBe('shop');
    const describe = () => module.get(ResilienceService).describe(Shop, Symbol.toPrimitive);
    expect(describe).toThrow('a decorated method');
  });
});

describe('a thenable that a factory returns', () => {
  class Shop extends Buying {
    override readonly upstream = new Unsteady();
  }

  it.each([Scope.DEFAULT, Scope.REQUEST, Scope.TRANSIENT])(
    'is bound and asked once, in scope %s',
    async (scope) => {
      let asked = 0;
      const lazy = () => ({
        then(onValue: (value: unknown) => unknown) {
          asked++;
          return Promise.resolve(new Shop()).then(onValue);
        },
      });
      await start({ provide: 'shop', scope, useFactory: lazy });
      asked = 0;
      const shop = scope === Scope.DEFAULT ? module.get<Shop>('shop') : await module.resolve<Shop>('shop');
      await expect(shop.buy('Emma')).resolves.toBe('Emma in attempt 2');
      expect(asked).toBe(scope === Scope.DEFAULT ? 0 : 1);
    },
  );
});

describe('an instance whose constructor calls a decorated method', () => {
  @Injectable()
  class Eager {
    readonly loaded = this.load();

    @Retryable()
    async load(): Promise<string> {
      return 'loaded';
    }
  }

  @Injectable()
  class Derived extends Eager {
    readonly more = 1;
  }

  it('runs it bare where it is made with new', async () => {
    await expect(new Eager().loaded).resolves.toBe('loaded');
  });

  it.each<[string, unknown]>([
    ['Nest makes', Eager],
    ['Nest makes, of a derived class', Derived],
    ['is a value', { provide: 'eager', useValue: new Eager() }],
    ['a factory makes', { provide: 'eager', useFactory: () => new Derived() }],
  ])('is an error that names the method: one that %s', async (_what, provider) => {
    await expect(start(provider)).rejects.toThrow(/Eager\.load: .*onModuleInit\(\).*by the constructor/);
  });

  it('is an error with the request that needs it', async () => {
    await start({ provide: 'eager', scope: Scope.REQUEST, useFactory: () => new Eager() });
    await expect(module.resolve('eager')).rejects.toThrow('Eager.load');
  });

  it('is fine where the method turns out to be synchronous, or was called later', async () => {
    @Resilient('retried')
    class Whole {
      readonly title = this.name();

      name() {
        return 'whole';
      }

      async load(): Promise<string> {
        return this.title;
      }
    }
    const value = new Whole();
    await value.load();
    await start(Whole, { provide: 'value', useValue: value });
    expect(module.get(Whole).title).toBe('whole');
    expect(module.get('value')).toBe(value);
  });

  it('is an error where a method of a decorated class turns out not to be', async () => {
    @Resilient('retried')
    class Whole {
      readonly loaded = (this as unknown as { load: () => unknown }).load();

      load() {
        return Promise.resolve('loaded');
      }
    }
    await expect(start(Whole)).rejects.toThrow('Whole.load');
  });
});
