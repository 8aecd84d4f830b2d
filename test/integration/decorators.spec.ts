import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Inject, Injectable, Scope, SetMetadata, UseGuards } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { INestApplication } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ExpressAdapter } from '@nestjs/platform-express';
import {
  CircuitBreaker,
  CircuitBreakerRegistry,
  CircuitOpenException,
  ResilienceModule,
  ResilienceConfigurationError,
  Retryable,
} from 'nestjs-breakwater';
import { ManualClock } from 'nestjs-breakwater/testing';

const NOW = { retry: { baseDelay: 0 } };

class Flaky {
  failures = 0;
  calls = 0;

  answer(): string {
    this.calls++;
    if (this.failures-- > 0) throw new Error('not now');
    return 'fine';
  }
}

@Injectable()
class Shop extends Flaky {
  @Retryable()
  @CircuitBreaker()
  async buy(_item: string): Promise<string> {
    return this.answer();
  }

  @CircuitBreaker({ failureThreshold: 2 })
  async fragile(): Promise<string> {
    return this.answer();
  }
}

@Injectable()
class BookShop extends Shop {}

@Injectable({ scope: Scope.REQUEST })
class RequestShop extends Flaky {
  @Retryable({ maxRetries: 1 })
  async buy(): Promise<string> {
    return this.answer();
  }
}

class FactoryShop extends Flaky {
  @Retryable()
  async buy(): Promise<string> {
    return this.answer();
  }
}

const Roles = (role: string) => SetMetadata('role', role);

@Injectable()
class RoleGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return Reflect.getMetadata('role', context.getHandler()) === 'buyer';
  }
}

@Controller('shop')
class ShopController {
  private attempts = 0;

  constructor(@Inject(RequestShop) private readonly requestShop: RequestShop) {}

  @Get('above')
  @Retryable({ baseDelay: 0 })
  @Roles('buyer')
  @UseGuards(RoleGuard)
  async above(): Promise<string> {
    if (++this.attempts < 3) throw new Error('not now');
    return `after ${this.attempts}`;
  }

  @Retryable({ baseDelay: 0 })
  @Get('below')
  @UseGuards(RoleGuard)
  async below(): Promise<string> {
    return 'never reached';
  }

  @Get('request')
  async request(): Promise<string> {
    this.requestShop.failures = 1;
    return this.requestShop.buy();
  }
}

async function start(...providers: object[]) {
  const module = await Test.createTestingModule({
    imports: [ResilienceModule.forRoot({ defaults: NOW, clock: new ManualClock() })],
    providers: providers as never,
  }).compile();
  await module.init();
  return module;
}

describe('a decorated method', () => {
  it('is repeated until it succeeds', async () => {
    const module = await start(Shop);
    const shop = module.get(Shop);
    shop.failures = 3;
    await expect(shop.buy('book')).resolves.toBe('fine');
    expect(shop.calls).toBe(4);
    await module.close();
  });

  it('rejects with the last error itself when retries end', async () => {
    const module = await start(Shop);
    const shop = module.get(Shop);
    const error = Object.assign(new Error('mine'), { extra: 1 });
    shop.answer = () => {
      throw error;
    };
    await expect(shop.buy('book')).rejects.toBe(error);
    await module.close();
  });

  it('keeps its name, length and the look of its instance', async () => {
    const module = await start(Shop);
    const shop = module.get(Shop);
    expect(shop.buy.name).toBe('buy');
    expect(shop.buy.length).toBe(1);
    expect(shop).toEqual({ failures: 0, calls: 0 });
    expect(Object.keys(shop)).toEqual(['failures', 'calls']);
    await module.close();
  });

  it('is protected when it is inherited, in request scope, and on instances of factories and values', async () => {
    const value = new FactoryShop();
    const module = await start(
      BookShop,
      RequestShop,
      { provide: 'factory', useFactory: () => new FactoryShop() },
      { provide: 'value', useValue: value },
    );
    const shops = [
      module.get(BookShop),
      await module.resolve(RequestShop),
      module.get<FactoryShop>('factory'),
      module.get<FactoryShop>('value'),
    ];
    for (const shop of shops) {
      shop.failures = 1;
      await expect(shop.buy('book')).resolves.toBe('fine');
      expect(shop.calls).toBe(2);
    }
    await module.close();
  });

  it('is protected on a frozen value, and on a value that outlives its application', async () => {
    class Values {
      constructor(private readonly flaky: Flaky) {}

      @Retryable()
      async buy(): Promise<string> {
        return this.flaky.answer();
      }
    }
    const flaky = new Flaky();
    const value = Object.freeze(new Values(flaky));
    for (const calls of [2, 4]) {
      const module = await start({ provide: 'value', useValue: value });
      flaky.failures = 1;
      await expect(value.buy()).resolves.toBe('fine');
      expect(flaky.calls).toBe(calls);
      await module.close();
    }
  });

  it('runs undecorated on an instance made outside Nest', async () => {
    const shop = new Shop();
    shop.failures = 1;
    await expect(shop.buy('book')).rejects.toThrow('not now');
    expect(shop.calls).toBe(1);
  });

  it('shares nothing with another application in the process', async () => {
    const one = await start(Shop);
    const other = await start(Shop);
    one.get(Shop).failures = 2;
    await expect(one.get(Shop).fragile()).rejects.toThrow('not now');
    await expect(one.get(Shop).fragile()).rejects.toThrow('not now');
    await expect(one.get(Shop).fragile()).rejects.toBeInstanceOf(CircuitOpenException);
    await expect(other.get(Shop).fragile()).resolves.toBe('fine');
    expect(one.get(CircuitBreakerRegistry).get('Shop.fragile')?.state).toBe('open');
    expect(other.get(CircuitBreakerRegistry).get('Shop.fragile')?.state).toBe('closed');
    await one.close();
    await other.close();
  });

  it('stops the start when the module is missing', async () => {
    const compiling = Test.createTestingModule({ providers: [Shop] }).compile();
    await expect(compiling).rejects.toThrow('ResilienceModule.forRoot() is missing');
  });
});

describe('bad configuration', () => {
  class Wrong {
    @Retryable('paymnts')
    async pay(): Promise<void> {}
  }

  it('stops the start with one error that lists every problem', async () => {
    const options = {
      defaults: { retry: { maxRetries: -1 }, retrys: {} },
      policies: { payments: { retry: { baseDelay: '2 parsecs' } } },
    };
    const starting = Test.createTestingModule({
      imports: [ResilienceModule.forRoot(options)],
      providers: [Wrong],
    }).compile();
    const error = await starting.then(
      () => undefined,
      (thrown: unknown) => thrown as ResilienceConfigurationError,
    );
    expect(error).toBeInstanceOf(ResilienceConfigurationError);
    expect(error?.problems.map(({ path }) => path)).toEqual([
      'defaults.retrys',
      'defaults.retry.maxRetries',
      'policies.payments.retry.baseDelay',
      'Wrong.pay @Retryable',
    ]);
    for (const part of ['-1', '2 parsecs', "did you mean 'retry'?", 'paymnts', 'known: payments']) {
      expect(error?.message).toContain(part);
    }
  });
});

describe.each([
  ['express', () => new ExpressAdapter()],
  ['fastify', () => new FastifyAdapter()],
] as const)('a decorated route on %s', (_name, adapter) => {
  let app: INestApplication;
  let url: string;

  beforeAll(async () => {
    const module = await Test.createTestingModule({
      imports: [ResilienceModule.forRoot()],
      controllers: [ShopController],
      providers: [RequestShop],
    }).compile();
    app = module.createNestApplication(adapter() as never, { logger: false });
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });

  afterAll(() => app.close());

  it.each([
    ['above', 200, 'after 1'],
    ['below', 403, 'Forbidden resource'],
    ['request', 200, 'fine'],
  ])('answers /shop/%s with %i', async (path, status, text) => {
    const response = await fetch(`${url}/shop/${path}`);
    expect(response.status).toBe(status);
    expect(await response.text()).toContain(text.replace(/\d$/, ''));
  });
});
