import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
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
    const standIn = Object.freeze({ buy: async () => 'nothing' });
    await start((builder) => override(builder).useValue(standIn));
    await expect(module.get(Shop).buy('Emma')).resolves.toBe('nothing');
    expect(module.get(Shop)).toBe(standIn);
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

  it('is repeated: ModuleRef.create()', async () => {
    class Unregistered extends Shop {}
    await start();
    const shop = await module.get(ModuleRef).create(Unregistered);
    await expect(shop.buy('Emma')).resolves.toBe('Emma');
    expect(shop.upstream.calls).toBe(2);
  });
});
