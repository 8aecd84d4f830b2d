import { afterEach, describe, expect, it } from '@jest/globals';
import { Global, Injectable, Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import type { TestingModule } from '@nestjs/testing';
import {
  CircuitBreakerRegistry,
  ResilienceModule,
  ResilienceService,
  Retryable,
  CircuitBreaker,
} from 'nestjs-breakwater';
import { Unsteady } from '../support/unsteady.js';

@Injectable()
class Shop {
  readonly upstream = new Unsteady();

  @Retryable()
  @CircuitBreaker()
  async buy(): Promise<string> {
    return this.upstream.answer('fine');
  }
}

@Injectable()
class WrongShop {
  @Retryable('paymnts')
  async buy(): Promise<void> {}
}

const FACTORY = Symbol('a shop of a factory');
const VALUE = Symbol('a shop that is a value');

function shops(value: object) {
  const providers = [
    Shop,
    { provide: FACTORY, useFactory: async () => new Shop() },
    { provide: VALUE, useValue: value },
  ];
  return { providers, exports: [Shop, FACTORY, VALUE] };
}

@Module({})
class ShopModule {
  static register(value: object = new Shop()): DynamicModule {
    return { module: ShopModule, ...shops(value) };
  }
}

@Global()
@Module({})
class GlobalShopModule {
  static async register(): Promise<DynamicModule> {
    return { module: GlobalShopModule, ...shops(new Shop()) };
  }
}

@Module({ providers: [WrongShop] })
class WrongModule {}

let module: TestingModule;
afterEach(() => module.close());

async function start(...imports: (DynamicModule | Promise<DynamicModule>)[]): Promise<TestingModule> {
  const resilience = ResilienceModule.forRoot({ defaults: { retry: { baseDelay: 0 } } });
  module = await Test.createTestingModule({ imports: [resilience, ...imports] }).compile();
  module.useLogger(false);
  return module.init();
}

async function expectProtected(...found: Shop[]): Promise<void> {
  for (const shop of found) {
    await expect(shop.buy()).resolves.toBe('fine');
    expect(shop.upstream.calls).toBe(2);
  }
}

describe('a decorated method of a dynamic module', () => {
  it.each([
    ['imported', () => ShopModule.register()],
    ['global and asynchronous', () => GlobalShopModule.register()],
  ])('is repeated: %s', async (_what, register) => {
    const app = await start(register());
    await expectProtected(app.get(Shop), app.get<Shop>(FACTORY), app.get<Shop>(VALUE));
  });
});

describe('a decorated method of a module that is loaded lazily', () => {
  it('is repeated, also on instances of factories and values, and shares its circuit', async () => {
    const app = await start();
    const lazy = await app.get(LazyModuleLoader).load(() => ShopModule.register());
    await expectProtected(lazy.get(Shop), lazy.get<Shop>(FACTORY), lazy.get<Shop>(VALUE));
    expect(app.get(CircuitBreakerRegistry).get('Shop.buy')?.state).toBe('closed');
    expect(app.get(ResilienceService).describe(Shop, 'buy').strategies).toContain('retry');
  });

  it('is checked whenever it is loaded', async () => {
    const loader = (await start()).get(LazyModuleLoader);
    const load = () => loader.load(() => WrongModule);
    await expect(load()).rejects.toThrow('WrongShop.buy @Retryable');
    await expect(load()).rejects.toThrow('WrongShop.buy @Retryable');
  });

  it('may be loaded by several at once', async () => {
    const loader = (await start()).get(LazyModuleLoader);
    const value = new Shop();
    const definition = ShopModule.register(value);
    const refs = await Promise.all([loader.load(() => definition), loader.load(() => definition)]);
    expect(refs[0].get(Shop)).toBe(refs[1].get(Shop));
    await expectProtected(value);
  });
});
