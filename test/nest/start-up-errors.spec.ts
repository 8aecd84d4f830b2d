import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Global, Inject, Injectable, Module } from '@nestjs/common';
import type { DynamicModule, Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  CircuitBreaker,
  Fallback,
  InjectResilientHttp,
  Resilient,
  ResilienceModule,
  ResilienceService,
  Retryable,
  Timeout,
} from 'nestjs-breakwater';
import type { ResilienceModuleOptions, ResilientHttpService } from 'nestjs-breakwater';

/** Starts an application and closes it; rejects with what is wrong. */
async function start(imports: unknown[], ...providers: unknown[]): Promise<void> {
  const metadata = { imports: imports as DynamicModule[], providers: providers as Type[] };
  const module = await Test.createTestingModule(metadata).compile();
  await module.init();
  await module.close();
}

/** The same with the module and these options. */
const startWith = (options: ResilienceModuleOptions, ...providers: unknown[]) =>
  start([ResilienceModule.forRoot(options)], ...providers);

describe('two registrations in one application', () => {
  it('are refused, and both places are named', async () => {
    @Module({ imports: [ResilienceModule.forRoot()] })
    class ShopModule {}
    @Module({ imports: [ResilienceModule.forRootAsync({ useFactory: () => ({}) }), ShopModule] })
    class AppModule {}
    const starting = start([AppModule]);
    await expect(starting).rejects.toThrow(/ResilienceModule\.forRoot\(\): .*forFeature\(\)/);
    await expect(starting).rejects.toThrow(/AppModule \(.*start-up-errors\.spec\.ts:\d+:\d+\)/);
    await expect(starting).rejects.toThrow(/ShopModule \(.*start-up-errors\.spec\.ts:\d+:\d+\)/);
  });

  it('that are not global are refused too', async () => {
    @Module({ imports: [ResilienceModule.forRoot({ isGlobal: false })] })
    class ShopModule {}
    @Module({ imports: [ResilienceModule.forRoot({ isGlobal: false })] })
    class CellarModule {}
    await expect(start([ShopModule, CellarModule])).rejects.toThrow(/ShopModule \(.*CellarModule \(/);
  });

  it('are one where the same module object is imported, and features may add clients', async () => {
    const resilience = ResilienceModule.forRoot();
    @Module({ imports: [resilience, ResilienceModule.forFeature({ clients: { stripe: {} } })] })
    class ShopModule {}
    await expect(start([resilience, ShopModule])).resolves.toBeUndefined();
  });
});

describe('a start that fails while instances are bound', () => {
  afterEach(() => void jest.useRealTimers());

  it('leaves no timer that would hold the process', async () => {
    class Hasty {
      constructor() {
        void this.open();
      }

      @Retryable()
      async open(): Promise<void> {
        return undefined;
      }
    }
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
    const starting = startWith({}, { provide: Hasty, useFactory: () => new Hasty() });
    await expect(starting).rejects.toThrow('no call before Nest has made the instance');
    expect(jest.getTimerCount()).toBe(0);
  });
});

@Injectable()
class Vault {
  @Retryable()
  async read(): Promise<ResilienceModuleOptions> {
    return {};
  }
}

@Injectable()
class Keys {
  constructor(readonly vault: Vault) {}
}

@Injectable()
class KeysByProperty {
  @Inject(Vault) readonly vault!: Vault;
}

@Injectable()
class VaultOptions {
  constructor(readonly vault: Vault) {}

  createResilienceOptions(): Promise<ResilienceModuleOptions> {
    return this.vault.read();
  }
}

const SECRETS = [Vault, Keys, KeysByProperty, VaultOptions];
const moreSecrets = [
  { provide: 'alias', useExisting: Vault },
  { provide: 'factory', inject: [Keys], useFactory: (keys: Keys) => keys },
  { provide: 'product', useFactory: () => new Vault() },
  { provide: 'value', useValue: new Vault() },
];

@Module({ providers: [...SECRETS, ...moreSecrets], exports: [...SECRETS, ...moreSecrets] })
class SecretsModule {}

@Global()
@Module({ imports: [SecretsModule], exports: [SecretsModule] })
class PassingOnModule {}

describe('options that need what needs them', () => {
  const needing = (token: unknown) => ({
    imports: [SecretsModule],
    inject: [token as Type],
    useFactory: () => ({}),
  });

  it.each<[string, unknown, string]>([
    ['a decorated class', Vault, '"Vault, which has'],
    ['a class that injects one', Keys, '"Keys → Vault, which has'],
    ['a class with a property of one', KeysByProperty, '"KeysByProperty → Vault, which has'],
    ['an alias', 'alias', 'Vault, which has'],
    ['a factory', 'factory', 'Keys → Vault, which has'],
    ['what a factory makes', 'product', '"Vault, which has'],
    ['a value', 'value', '"Vault, which has'],
    ['an optional dependency', { token: Vault, optional: true }, '"Vault, which has'],
  ])('are an error that names the class: %s', async (_what, token, named) => {
    const starting = start([ResilienceModule.forRootAsync(needing(token))]);
    await expect(starting).rejects.toThrow('ResilienceModule.forRootAsync()');
    await expect(starting).rejects.toThrow(named);
  });

  it('are an error for a class that makes them, and for one that a module passes on', async () => {
    const byExisting = { imports: [SecretsModule], useExisting: VaultOptions };
    await expect(start([ResilienceModule.forRootAsync(byExisting)])).rejects.toThrow('VaultOptions → Vault');
    const byClass = { imports: [PassingOnModule], useClass: VaultOptions };
    await expect(start([ResilienceModule.forRootAsync(byClass)])).rejects.toThrow('VaultOptions → Vault');
  });

  it('are an error for what else is made of them', async () => {
    const own = { inject: [ResilienceService], useFactory: () => ({}) };
    await expect(start([ResilienceModule.forRootAsync(own)])).rejects.toThrow('forRootAsync()');
  });

  it('start where the class is not decorated', async () => {
    class Environment {}
    @Module({ providers: [Environment], exports: [Environment] })
    class EnvironmentModule {}
    const options = { imports: [EnvironmentModule], inject: [Environment], useFactory: () => ({}) };
    await expect(start([ResilienceModule.forRootAsync(options)])).resolves.toBeUndefined();
  });
});

describe('fallbacks that form a circle', () => {
  it('are refused: a method that names itself', async () => {
    class Quotes {
      @Fallback('quote')
      async quote(): Promise<number> {
        return 1;
      }
    }
    await expect(startWith({}, Quotes)).rejects.toThrow(/Quotes\.quote @Fallback: .*"quote → quote"/);
  });

  it('are refused once: methods that name each other, with the policy of one', async () => {
    class Quotes {
      @Fallback('second')
      async first(): Promise<number> {
        return 1;
      }

      @Resilient('answered')
      async second(): Promise<number> {
        return 2;
      }

      @Fallback('first')
      async third(): Promise<number> {
        return 3;
      }
    }
    const starting = startWith({ policies: { answered: { fallback: { use: 'third' } } } }, Quotes);
    await expect(starting).rejects.toMatchObject({
      problems: [{ path: 'Quotes.first @Fallback', got: 'first → second → third → first' }],
    });
  });

  it('are refused where an override closes the circle', async () => {
    class Base {
      @Fallback('second')
      async first(): Promise<number> {
        return 1;
      }

      async second(): Promise<number> {
        return 2;
      }
    }
    class Derived extends Base {
      @Fallback('first')
      override async second(): Promise<number> {
        return 2;
      }
    }
    await expect(startWith({}, Base)).resolves.toBeUndefined();
    await expect(startWith({}, Derived)).rejects.toThrow('second → first → second');
  });

  it('are none where the last one is plain or a function', async () => {
    class Quotes {
      @Fallback('second')
      async first(): Promise<number> {
        return 1;
      }

      @Fallback(() => 0)
      async second(): Promise<number> {
        return 2;
      }
    }
    await expect(startWith({}, Quotes)).resolves.toBeUndefined();
  });
});

describe('a decorator that protects nothing', () => {
  class Limited {
    @Timeout('limited')
    async run(): Promise<void> {}
  }
  class Unlimited {
    @Timeout()
    async run(): Promise<void> {}
  }
  class Whole {
    @Resilient('whole')
    async run(): Promise<void> {}
  }

  it.each<[string, unknown, ResilienceModuleOptions]>([
    ['@Timeout() without a limit anywhere', Unlimited, {}],
    ['@Timeout() with a name only', Unlimited, { defaults: { timeout: { name: 'slow' } } }],
    ['@Timeout of a policy that has none', Limited, { policies: { limited: { retry: {} } } }],
    ['@Resilient of an empty policy', Whole, { policies: { whole: {} } }],
    [
      '@Resilient of a policy that only classifies',
      Whole,
      { policies: { whole: { classify: () => 'permanent' } } },
    ],
    ['@Resilient of a policy without a limit', Whole, { policies: { whole: { timeout: {} } } }],
  ])('is refused: %s', async (_what, type, options) => {
    const starting = startWith(options, type);
    await expect(starting).rejects.toMatchObject({
      problems: [{ path: expect.stringMatching(/\.run @(Timeout|Resilient)$/) }],
    });
  });

  it.each<[string, unknown, ResilienceModuleOptions]>([
    ['the defaults have a limit', Unlimited, { defaults: { timeout: '2s' } }],
    ['the policy has one', Limited, { policies: { limited: { timeout: { total: '2s' } } } }],
    ['it was turned off on purpose', Limited, { policies: { limited: { timeout: false } } }],
    ['the defaults have a strategy', Whole, { defaults: { retry: {} }, policies: { whole: {} } }],
  ])('is accepted where %s', async (_what, type, options) => {
    await expect(startWith(options, type)).resolves.toBeUndefined();
  });

  it('is told with all other problems', async () => {
    class Misnamed {
      @Timeout('5secx')
      async run(): Promise<void> {}
    }
    const starting = startWith({ policies: { payments: {} } }, Misnamed, Unlimited);
    await expect(starting).rejects.toMatchObject({
      problems: [{ path: 'Misnamed.run @Timeout', got: '5secx' }, { path: 'Unlimited.run @Timeout' }],
    });
    await expect(starting).rejects.toThrow("a duration such as 250, '2s' or '1m', or a policy that exists");
    await expect(starting).rejects.toThrow('known: payments');
  });
});

describe('the names of HTTP clients', () => {
  const token = (name: string) => Symbol.for(`ResilientHttpService:${name}`);

  it('of one application are unknown in the next one', async () => {
    @Injectable()
    class Shop {
      constructor(@InjectResilientHttp('coffee') readonly coffee: ResilientHttpService) {}
    }
    const first = await Test.createTestingModule({
      imports: [ResilienceModule.forRoot({ clients: { coffee: {}, tea: {} } })],
      providers: [Shop],
    }).compile();
    expect(first.get(token('tea'))).toBeDefined();
    const second = await Test.createTestingModule({ imports: [ResilienceModule.forRoot()] }).compile();
    for (const name of ['coffee', 'tea'])
      expect(() => second.get<unknown>(token(name))).toThrow('could not find');
    await Promise.all([first.close(), second.close()]);
  });

  it('that a factory tells can be looked up, even where no class asks for them', async () => {
    const useFactory = () => ({ clients: { cocoa: {} } });
    const imports = [ResilienceModule.forRootAsync({ useFactory })];
    const module = await Test.createTestingModule({ imports }).compile();
    expect(module.get(token('cocoa'))).toBeDefined();
    await module.close();
  });
});

describe('a method that a decorated class has by another one', () => {
  it('keeps a circuit of its own', async () => {
    class Base {
      @CircuitBreaker()
      async run(): Promise<void> {}
    }
    class Derived extends Base {
      @CircuitBreaker({ failureThreshold: 2 })
      override async run(): Promise<void> {}
    }
    await expect(startWith({}, Base, Derived)).resolves.toBeUndefined();
  });
});
