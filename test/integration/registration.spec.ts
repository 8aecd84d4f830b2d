import { describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { CircuitBreaker, CircuitBreakerRegistry, ResilienceModule, Retryable } from 'nestjs-breakwater';
import type { ResilienceModuleOptions, ResilienceOptionsFactory } from 'nestjs-breakwater';

const OPTIONS: ResilienceModuleOptions = {
  policies: { payments: { retry: { baseDelay: 0, maxRetries: 1 } } },
};

@Injectable()
class Options implements ResilienceOptionsFactory {
  createResilienceOptions(): ResilienceModuleOptions {
    return OPTIONS;
  }
}

@Module({ providers: [Options], exports: [Options] })
class OptionsModule {}

@Injectable()
class Payments {
  calls = 0;

  @Retryable('payments', { maxRetries: 2 })
  @CircuitBreaker('payments')
  async pay(): Promise<string> {
    if (++this.calls < 3) throw new Error('not now');
    return 'paid';
  }
}

const registrations = {
  forRoot: () => ResilienceModule.forRoot(OPTIONS),
  'forRoot for one module only': () => ResilienceModule.forRoot({ ...OPTIONS, isGlobal: false }),
  useFactory: () =>
    ResilienceModule.forRootAsync({
      imports: [OptionsModule],
      inject: [Options],
      useFactory: async (options: Options) => options.createResilienceOptions(),
      isGlobal: true,
    }),
  useClass: () => ResilienceModule.forRootAsync({ useClass: Options }),
  useExisting: () => ResilienceModule.forRootAsync({ imports: [OptionsModule], useExisting: Options }),
};

describe('the module', () => {
  it.each(Object.entries(registrations))('is registered by %s', async (_name, register) => {
    const module = await Test.createTestingModule({ imports: [register()], providers: [Payments] }).compile();
    await module.init();
    await expect(module.get(Payments).pay()).resolves.toBe('paid');
    expect([...module.get(CircuitBreakerRegistry)].map(({ name }) => name)).toEqual(['payments']);
    await module.close();
  });

  it('tells what is wrong with the options of a factory', async () => {
    const options = { http: { timeot: 1 }, defaults: { retry: { baseDelay: '2 parsecs' } }, clock: {} };
    const starting = Test.createTestingModule({
      imports: [ResilienceModule.forRootAsync({ useFactory: () => options as never })],
    }).compile();
    await expect(starting).rejects.toMatchObject({
      problems: [{ path: 'clock' }, { path: 'defaults.retry.baseDelay' }, { path: 'http.timeot' }],
    });
  });

  it('takes policies with the names of object members for what they are', async () => {
    const policies = JSON.parse('{"__proto__": {"retry": {"maxRetries": 0}}, "constructor": {}}') as object;
    const module = await Test.createTestingModule({
      imports: [ResilienceModule.forRoot({ policies: policies as never })],
    }).compile();
    await module.close();
    class Unknown {
      @Retryable('toString')
      async run(): Promise<void> {}
    }
    const starting = Test.createTestingModule({
      imports: [ResilienceModule.forRoot({ policies: policies as never })],
      providers: [Unknown],
    }).compile();
    await expect(starting).rejects.toThrow('known: __proto__, constructor');
  });
});

describe('names', () => {
  const twin = () => {
    class Twin {
      @CircuitBreaker()
      async run(): Promise<void> {}
    }
    return Twin;
  };

  it('of two classes that are alike do not make them share', async () => {
    const module = await Test.createTestingModule({
      imports: [ResilienceModule.forRoot()],
      providers: [
        { provide: 'one', useClass: twin() },
        { provide: 'other', useClass: twin() },
      ],
    }).compile();
    expect([...module.get(CircuitBreakerRegistry)].map(({ name }) => name)).toEqual([
      'Twin.run',
      'Twin.run#2',
    ]);
    await module.close();
  });

  it('written twice with different options stop the start, as does a decorator that stands twice', async () => {
    class Named {
      @CircuitBreaker({ name: 'shared', failureThreshold: 1 })
      async one(): Promise<void> {}

      @CircuitBreaker({ name: 'shared', failureThreshold: 2 })
      async other(): Promise<void> {}

      @Retryable()
      @Retryable()
      async twice(): Promise<void> {}
    }
    const starting = Test.createTestingModule({
      imports: [ResilienceModule.forRoot()],
      providers: [Named],
    }).compile();
    await expect(starting).rejects.toMatchObject({
      problems: [{ path: 'Named.other @CircuitBreaker.name' }, { path: 'Named.twice @Retryable' }],
    });
  });
});
