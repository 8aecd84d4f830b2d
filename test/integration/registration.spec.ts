import { describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  CircuitBreaker,
  CircuitBreakerRegistry,
  ResilienceModule,
  ResilienceService,
  Retryable,
} from 'nestjs-breakwater';
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

  it.each<[string, unknown]>([
    ['nothing, because its factory does not return', undefined],
    ['null', null],
    ['an array', []],
    ['a Map', new Map()],
  ])('is not given %s for its options', async (_what, options) => {
    const imports = [ResilienceModule.forRootAsync({ useFactory: () => options as never })];
    const starting = Test.createTestingModule({ imports }).compile();
    await expect(starting).rejects.toMatchObject({ problems: [{ path: 'options', got: options }] });
  });

  it('refuses what would be read as options without a key', async () => {
    const retry = Promise.resolve({ maxRetries: 1 });
    const options = { defaults: { retry }, policies: new Map([['payments', {}]]), clients: new Date(0) };
    const imports = [ResilienceModule.forRoot(options as never)];
    const starting = Test.createTestingModule({ imports }).compile();
    await expect(starting).rejects.toMatchObject({
      problems: [{ path: 'defaults.retry' }, { path: 'policies' }, { path: 'clients' }],
    });
  });

  it('reads an instance of a class, and the exports of a module', async () => {
    class RetryConfiguration {
      readonly maxRetries = 7;
      readonly baseDelay = 0;
    }
    const policies = { payments: { retry: new RetryConfiguration() } };
    const exported = Object.defineProperty(policies, Symbol.toStringTag, { value: 'Module' });
    const imports = [ResilienceModule.forRoot({ policies: exported })];
    const module = await Test.createTestingModule({ imports }).compile();
    expect(module.get(ResilienceService).describe('payments').retry).toMatchObject({ maxRetries: 7 });
    await module.close();
  });

  it('tells why a factory has rejected', async () => {
    const useFactory = () => Promise.reject(new Error('no configuration'));
    const imports = [ResilienceModule.forRootAsync({ useFactory })];
    await expect(Test.createTestingModule({ imports }).compile()).rejects.toThrow('no configuration');
  });

  it('that is not global is missing in a module that does not import it', async () => {
    @Module({ providers: [Payments] })
    class PaymentsModule {}
    const imports = [ResilienceModule.forRoot({ ...OPTIONS, isGlobal: false }), PaymentsModule];
    const starting = Test.createTestingModule({ imports }).compile();
    await expect(starting).rejects.toThrow('ResilienceModule.forRoot() is missing');
  });

  it('that is not global is one in all modules that import it', async () => {
    const resilience = ResilienceModule.forRoot({ ...OPTIONS, isGlobal: false });
    @Module({ imports: [resilience], providers: [Payments] })
    class PaymentsModule {}
    @Module({ imports: [resilience], providers: [Payments] })
    class RefundsModule {}
    const imports = [PaymentsModule, RefundsModule];
    const module = await Test.createTestingModule({ imports }).compile();
    for (const feature of [PaymentsModule, RefundsModule])
      await expect(module.select(feature).get(Payments).pay()).resolves.toBe('paid');
    const circuits = module.get(CircuitBreakerRegistry, { strict: false });
    expect(circuits.snapshot().map(({ name }) => name)).toEqual(['payments']);
    await module.close();
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
