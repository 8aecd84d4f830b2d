import 'reflect-metadata';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { TestingModule } from '@nestjs/testing';
import {
  Attempt,
  CircuitBreaker,
  CircuitBreakerRegistry,
  Resilient,
  ResilienceModule,
  ResilienceService,
  Retryable,
  Timeout,
} from 'nestjs-breakwater';
import type { AttemptContext, ResilienceModuleOptions } from 'nestjs-breakwater';

const lines: string[] = [];

type AnyMethod = (this: unknown, ...args: unknown[]) => Promise<unknown>;

/** A decorator of another library, which puts a function of its own in the place of the method. */
function Log(text: string) {
  return (_prototype: object, _key: string, descriptor: PropertyDescriptor) => {
    const method = descriptor.value as AnyMethod;
    const logged: AnyMethod = async function (...args) {
      lines.push(text);
      return method.apply(this, args);
    };
    for (const key of Reflect.getMetadataKeys(method) as string[])
      Reflect.defineMetadata(key, Reflect.getMetadata(key, method), logged);
    descriptor.value = logged;
  };
}

/** A decorator of another library that describes the method. */
const Describe = (value: string) => Reflect.metadata('description', value) as MethodDecorator;

let module: TestingModule;
afterEach(async () => {
  lines.length = 0;
  await module?.close();
});

async function start<T>(type: new () => T, options: ResilienceModuleOptions = {}): Promise<T> {
  const resilience = ResilienceModule.forRoot({
    defaults: { retry: { maxRetries: 3, baseDelay: 0 } },
    ...options,
  });
  module = await Test.createTestingModule({ imports: [resilience], providers: [type as never] }).compile();
  await module.init();
  return module.get(type);
}

@Injectable()
class Shop {
  attempts = 0;

  @CircuitBreaker({ failureThreshold: 2 })
  @Log('between')
  @Retryable()
  async between(order: string, @Attempt() attempt?: AttemptContext): Promise<string> {
    this.attempts++;
    throw new Error(`${order} failed in attempt ${attempt?.attempt}`);
  }

  @Log('above')
  @Describe('of above')
  @Retryable()
  async above(_order: string): Promise<void> {
    this.attempts++;
    throw new Error('not now');
  }

  @Retryable()
  @Log('below')
  async below(_order: string): Promise<void> {
    this.attempts++;
    throw new Error('not now');
  }

  @Timeout('2s')
  @Log('outer')
  @CircuitBreaker({ failureThreshold: 2 })
  @Log('inner')
  @Retryable()
  async twice(): Promise<void> {
    this.attempts++;
    throw new Error('not now');
  }
}

describe('a decorator of another library between two of ours', () => {
  it('leaves one pipeline in the fixed order, and is run by every attempt', async () => {
    const shop = await start(Shop);
    await expect(shop.between('tea')).rejects.toMatchObject({
      code: 'RESILIENCE_CIRCUIT_OPEN',
      cause: { message: 'tea failed in attempt 2' },
    });
    expect(shop.attempts).toBe(2);
    expect(lines).toEqual(['between', 'between']);
    expect(module.get(CircuitBreakerRegistry).get('Shop.between')?.state).toBe('open');
    const { strategies } = module.get(ResilienceService).describe(Shop, 'between');
    expect(strategies).toEqual(['retry', 'circuit breaker']);
  });

  it('may stand there several times', async () => {
    const shop = await start(Shop);
    await expect(shop.twice()).rejects.toMatchObject({ code: 'RESILIENCE_CIRCUIT_OPEN' });
    expect(shop.attempts).toBe(2);
    expect(lines).toEqual(['outer', 'inner', 'outer', 'inner']);
    const { strategies } = module.get(ResilienceService).describe(Shop, 'twice');
    expect(strategies).toEqual(['retry', 'circuit breaker', 'attempt timeout']);
  });

  it('may stand between a method and its class', async () => {
    @Resilient({ circuitBreaker: { failureThreshold: 2 } })
    @Injectable()
    class Cellar {
      attempts = 0;

      @Log('between')
      @Retryable()
      async fetch(): Promise<void> {
        this.attempts++;
        throw new Error('not now');
      }
    }
    const cellar = await start(Cellar);
    await expect(cellar.fetch()).rejects.toMatchObject({ code: 'RESILIENCE_CIRCUIT_OPEN' });
    expect(cellar.attempts).toBe(2);
  });

  it('does not hide a decorator that stands there twice', async () => {
    class Twice {
      @Retryable()
      @Log('between')
      @Retryable()
      async run(): Promise<void> {}
    }
    await expect(start(Twice)).rejects.toThrow(/Twice\.run @Retryable: .*"@Retryable twice"/);
  });

  it('runs bare in a class that was made with new', async () => {
    const shop = new Shop();
    await expect(shop.twice()).rejects.toThrow('not now');
    expect(shop.attempts).toBe(1);
  });
});

describe('a decorator of another library on one side of ours', () => {
  it('runs once per call above, and with every attempt below', async () => {
    const shop = await start(Shop);
    await shop.above('tea').catch(() => undefined);
    expect([shop.attempts, lines.splice(0)]).toEqual([4, ['above']]);
    await shop.below('tea').catch(() => undefined);
    expect([shop.attempts, lines]).toEqual([8, ['below', 'below', 'below', 'below']]);
  });

  it('finds the metadata, the name and the length of the method', () => {
    class Named {
      @Describe('told above')
      @Retryable()
      @Describe('told below')
      async buy(_order: string, _amount: number): Promise<void> {}
    }
    const { buy } = Named.prototype;
    expect([buy.name, buy.length]).toEqual(['buy', 2]);
    expect(Reflect.getMetadata('description', Named.prototype, 'buy')).toBe('told above');
  });
});
