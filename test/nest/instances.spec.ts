import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable, Module, Scope } from '@nestjs/common';
import { ModuleRef, REQUEST } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import type { TestingModule, TestingModuleBuilder } from '@nestjs/testing';
import { CircuitBreakerRegistry, CircuitBreaker, ResilienceModule, Retryable } from 'nestjs-breakwater';
import { Unsteady } from '../support/unsteady.js';

@Injectable()
class Shop {
  readonly upstream = new Unsteady();

  @Retryable()
  @CircuitBreaker()
  async buy(title: string): Promise<string> {
    return this.upstream.answer(title);
  }
}

/** Overrides without a decorator, and goes through the base's pipeline. */
@Injectable()
class PoliteShop extends Shop {
  override async buy(title: string): Promise<string> {
    return `${await super.buy(title)}, please`;
  }
}

/** Overrides without a decorator, and without the base. */
@Injectable()
class BareShop extends Shop {
  override async buy(title: string): Promise<string> {
    return this.upstream.answer(title);
  }
}

/** Overrides with a decorator of its own. */
@Injectable()
class PatientShop extends Shop {
  @Retryable({ maxRetries: 5 })
  override async buy(title: string): Promise<string> {
    if (this.upstream.calls < 4) throw new Error(`not now: ${++this.upstream.calls}`);
    return title;
  }
}

@Module({ providers: [Shop], exports: [Shop] })
class ShopModule {}

let module: TestingModule;
afterEach(() => module.close());

async function start(prepare = (builder: TestingModuleBuilder) => builder, ...providers: object[]) {
  const resilience = ResilienceModule.forRoot({ defaults: { retry: { baseDelay: 0 } } });
  const metadata = { imports: [resilience, ShopModule], providers: providers as never };
  module = await prepare(Test.createTestingModule(metadata)).compile();
  return module.init();
}

const override = (builder: TestingModuleBuilder) => builder.overrideProvider(Shop);

describe('a decorated method of a provider that a test overrides', () => {
  it.each([
    ['a class', (builder: TestingModuleBuilder) => override(builder).useClass(PoliteShop), 'Emma, please'],
    ['a factory', (builder) => override(builder).useFactory({ factory: () => new Shop() }), 'Emma'],
    ['a value', (builder) => override(builder).useValue(new PoliteShop()), 'Emma, please'],
  ])('is repeated: with %s', async (_what, prepare, answer) => {
    await start(prepare);
    await expect(module.get(Shop).buy('Emma')).resolves.toBe(answer);
    expect(module.get(Shop).upstream.calls).toBe(2);
  });

  it('leaves a stand-in without decorators alone', async () => {
    const wrapMethod = Object.freeze({ buy: async () => 'nothing' });
    await start((builder) => override(builder).useValue(wrapMethod));
    await expect(module.get(Shop).buy('Emma')).resolves.toBe('nothing');
    expect(module.get(Shop)).toBe(wrapMethod);
  });
});

describe('a decorated method of a base class', () => {
  it('runs for super.method(), not for an override without a decorator', async () => {
    await start(undefined, PoliteShop, BareShop);
    await expect(module.get(PoliteShop).buy('Emma')).resolves.toBe('Emma, please');
    await expect(module.get(BareShop).buy('Emma')).rejects.toThrow('not now');
    expect(module.get(BareShop).upstream.calls).toBe(1);
  });

  it('gives way to the decorators of an override', async () => {
    await start(undefined, PatientShop);
    await expect(module.get(PatientShop).buy('Emma')).resolves.toBe('Emma');
    expect(module.get(CircuitBreakerRegistry).get('PatientShop.buy')).toBeUndefined();
  });
});

describe('a decorated method of an instance that Nest did not make at start-up', () => {
  it.each([
    ['useFactory', { provide: 'shop', useFactory: async () => new Shop() }],
    ['useValue', { provide: 'shop', useValue: new Shop() }],
    ['useClass', { provide: 'shop', useClass: PoliteShop }],
  ])('is repeated: %s', async (_what, provider) => {
    await start(undefined, provider, { provide: 'alias', useExisting: 'shop' });
    const shop = module.get<Shop>('alias');
    await expect(shop.buy('Emma')).resolves.toContain('Emma');
    expect(shop.upstream.calls).toBe(2);
  });

  it.each([
    ['a value', { provide: 'shops', useValue: [new Shop(), new PoliteShop()] }],
    ['a factory', { provide: 'shops', useFactory: () => [new Shop(), undefined, new PoliteShop()] }],
  ])('is repeated: an array from %s', async (_what, provider) => {
    await start(undefined, provider);
    for (const shop of module.get<(Shop | undefined)[]>('shops')) {
      if (!shop) continue;
      await expect(shop.buy('Emma')).resolves.toContain('Emma');
      expect(shop.upstream.calls).toBe(2);
    }
  });

  it.each([
    ['for a request', { scope: Scope.REQUEST, useFactory: () => new Shop() }],
    ['for a request, asynchronously', { scope: Scope.REQUEST, useFactory: async () => new Shop() }],
    ['for what it injects', { inject: [REQUEST], useFactory: () => new Shop() }],
    ['as a transient', { scope: Scope.TRANSIENT, useFactory: () => new Shop() }],
  ])('is repeated: useFactory %s', async (_what, factory) => {
    await start(undefined, { provide: 'shop', ...factory });
    const [one, other] = await Promise.all([module.resolve<Shop>('shop'), module.resolve<Shop>('shop')]);
    expect(one).not.toBe(other);
    for (const shop of [one, other]) {
      await expect(shop.buy('Emma')).resolves.toBe('Emma');
      expect(shop.upstream.calls).toBe(2);
    }
  });

  it('is repeated: a transient that another provider was given', async () => {
    const shop = { provide: 'shop', scope: Scope.TRANSIENT, useFactory: () => new Shop() };
    await start(
      undefined,
      { provide: 'owner', inject: ['shop'], useFactory: (held: Shop) => ({ held }) },
      shop,
    );
    const { held } = module.get<{ held: Shop }>('owner');
    await expect(held.buy('Emma')).resolves.toBe('Emma');
    expect(held.upstream.calls).toBe(2);
  });

  it('is repeated: useValue in a container that is compiled only', async () => {
    const shop = new Shop();
    const resilience = ResilienceModule.forRoot({ defaults: { retry: { baseDelay: 0 } } });
    const providers = [{ provide: 'shop', useValue: shop }];
    module = await Test.createTestingModule({ imports: [resilience], providers }).compile();
    await expect(shop.buy('Emma')).resolves.toBe('Emma');
    expect(shop.upstream.calls).toBe(2);
  });

  it('stops its request when its decorators are wrong', async () => {
    class WrongShop {
      @Retryable('nowhere')
      async buy(): Promise<void> {}
    }
    await start(undefined, { provide: 'shop', scope: Scope.REQUEST, useFactory: () => new WrongShop() });
    await expect(module.resolve('shop')).rejects.toThrow('WrongShop.buy @Retryable');
  });

  it('is repeated: ModuleRef.create()', async () => {
    class Unregistered extends Shop {}
    await start();
    const shop = await module.get(ModuleRef).create(Unregistered);
    await expect(shop.buy('Emma')).resolves.toBe('Emma');
    expect(shop.upstream.calls).toBe(2);
  });
});
