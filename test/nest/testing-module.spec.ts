import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import type { TestingModule } from '@nestjs/testing';
import {
  Attempt,
  Bulkhead,
  CircuitBreaker,
  CircuitBreakerRegistry,
  CircuitOpenException,
  Fallback,
  getResilientHttpToken,
  InjectResilientHttp,
  Resilient,
  ResilienceModule,
  ResilienceService,
  ResilientHttpService,
  Retryable,
  Timeout,
} from 'nestjs-breakwater';
import type { AttemptContext, ResilienceModuleOptions } from 'nestjs-breakwater';
import { ManualClock, overrideState, recordEvents, ResilienceTestingModule } from 'nestjs-breakwater/testing';
import { answer, FaultServer, hang } from '../support/fault-server/fault-server.js';
import { eventually } from '../support/http-application.js';

const upstream = await FaultServer.start();
afterAll(() => upstream.stop());

@Injectable()
class Payments {
  calls = 0;

  constructor(@InjectResilientHttp('stripe') readonly stripe: ResilientHttpService) {}

  @Retryable('payments', { baseDelay: 0 })
  @CircuitBreaker('payments')
  @Bulkhead('unknown')
  @Fallback('none')
  async charge(): Promise<string> {
    this.calls++;
    throw new Error('not now');
  }

  async none(): Promise<string> {
    return 'nothing';
  }

  @Timeout()
  @Resilient('empty')
  async attempt(@Attempt() attempt?: AttemptContext): Promise<unknown> {
    return { attempt: attempt?.attempt, isAborted: attempt?.signal.aborted };
  }

  @CircuitBreaker('payments')
  async refund(): Promise<string> {
    return 'refunded';
  }
}

let module: TestingModule;
afterEach(() => module?.close());

async function start(imports: unknown[]): Promise<Payments> {
  const metadata = { imports: imports as never, providers: [Payments] };
  module = await Test.createTestingModule(metadata).compile();
  await module.init();
  return module.get(Payments);
}

const { forRoot } = {
  forRoot: (options?: ResilienceModuleOptions) => ResilienceTestingModule.forRoot(options),
};

const registrations: [string, () => unknown[]][] = [
  ['the testing module alone', () => [forRoot()]],
  ['an option of the module', () => [ResilienceModule.forRoot({ passThrough: true })]],
  [
    'the testing module beside the application',
    () => [forRoot(), ResilienceModule.forRoot({ defaults: { retry: {} } })],
  ],
];

describe.each(registrations)('an application that runs bare, by %s', (_by, imports) => {
  it('runs decorated methods once, whatever policies are missing, and without their fallbacks', async () => {
    const payments = await start(imports());
    await expect(payments.charge()).rejects.toThrow('not now');
    expect(payments.calls).toBe(1);
    await expect(payments.refund()).resolves.toBe('refunded');
  });

  it('gives attempts their context', async () => {
    const payments = await start(imports());
    await expect(payments.attempt()).resolves.toEqual({ attempt: 1, isAborted: false });
  });

  it('runs functions once, by any policy', async () => {
    await start(imports());
    const service = module.get(ResilienceService);
    let calls = 0;
    const failing = ({ attempt }: AttemptContext) => {
      calls++;
      throw new Error(`attempt ${attempt}`);
    };
    await expect(service.execute('unknown', failing)).rejects.toThrow('attempt 1');
    await expect(service.execute({ retry: {}, bulkhead: {} }, failing)).rejects.toThrow('attempt 1');
    expect(calls).toBe(2);
    const misspelt = service.execute({ retyr: {} } as never, failing);
    await expect(misspelt).rejects.toThrow("did you mean 'retry'?");
    expect(service.describe('unknown')).toEqual({ name: 'unknown', strategies: [] });
    expect(service.describe(Payments, 'charge').strategies).toEqual([]);
  });

  it('ends a function that runs when its caller aborts', async () => {
    await start(imports());
    const caller = new AbortController();
    const work = ({ signal }: AttemptContext) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('told'))));
    const running = module.get(ResilienceService).execute('unknown', work, { signal: caller.signal });
    caller.abort(new Error('left'));
    await expect(running).rejects.toThrow('left');
  });

  it('sends requests once, by clients that nothing configures', async () => {
    upstream.play(answer(503), answer(200));
    const { stripe } = await start(imports());
    await expect(stripe.get(upstream.url)).rejects.toMatchObject({ upstreamStatus: 503 });
    expect(upstream.arrived).toHaveLength(1);
    expect(module.get(getResilientHttpToken('stripe'))).toBe(stripe);
    expect([...module.get(CircuitBreakerRegistry)]).toEqual([]);
  });

  it('says that no circuit can be moved', async () => {
    await start(imports());
    expect(() => overrideState(module, 'payments', 'open')).toThrow('passThrough: false');
  });
});

describe('the testing module', () => {
  it('takes an option that is undefined for one that is not given', async () => {
    const payments = await start([forRoot({ passThrough: undefined, shutdown: undefined })]);
    await expect(payments.charge()).rejects.toThrow('not now');
    expect(payments.calls).toBe(1);
  });

  it('has no forRootAsync, which would be that of the application, and says so', () => {
    expect(() => ResilienceTestingModule.forRootAsync()).toThrow(
      'ResilienceTestingModule.forRootAsync(): expected forRoot(options)',
    );
  });
});

/** Has an option that is wrong, and one whose name is. */
class Sloppy {
  @Retryable({ maxRetries: -1 })
  async wrong(): Promise<string> {
    return 'fine';
  }
}

class Misspelt {
  @Retryable({ maxRetrys: 1 } as never)
  async wrong(): Promise<string> {
    return 'fine';
  }
}

describe('an application that runs bare', () => {
  it.each<[string, (type: new () => Sloppy) => Promise<Sloppy>]>([
    [
      'by a factory',
      async (type) => {
        const metadata = {
          imports: [forRoot()],
          providers: [{ provide: type, useFactory: () => new type() }],
        };
        module = await Test.createTestingModule(metadata).compile();
        await module.init();
        return module.get(type);
      },
    ],
    [
      'while it runs',
      async (type) => {
        module = await Test.createTestingModule({ imports: [forRoot()] }).compile();
        await module.init();
        return module.get(ModuleRef).create(type);
      },
    ],
  ])('checks a class that is made %s no more than others', async (_how, make) => {
    const sloppy = await make(Sloppy);
    await expect(sloppy.wrong()).resolves.toBe('fine');
    const misspelt = async () => (await make(Misspelt)).wrong();
    await expect(misspelt()).rejects.toThrow("did you mean 'maxRetries'?");
  });

  it('checks the names of options, and nothing else', async () => {
    class Wrong {
      @Retryable({ maxRetries: -1, baseDelay: '2 parsecs', maxRetry: 3 } as never)
      async run(): Promise<void> {}
    }
    const options = {
      defaults: { timeout: 'soon', retyr: {} },
      clients: { stripe: { baseUrl: 'x', json: 1 } },
    };
    const imports = [ResilienceTestingModule.forRoot(options)];
    const starting = Test.createTestingModule({ imports, providers: [Wrong] }).compile();
    await expect(starting).rejects.toMatchObject({
      problems: [
        { path: 'defaults.retyr' },
        { path: 'Wrong.run @Retryable.maxRetry' },
        { path: 'clients.stripe.json' },
      ],
    });
  });

  it('keeps the time limits and redirects of its clients', async () => {
    const clock = new ManualClock();
    const clients = { stripe: { timeout: '7s', retry: { maxRetries: 9 }, rateLimit: 'server' as const } };
    upstream.play(answer(302, '', { location: '/moved' }), answer(200), hang);
    const { stripe } = await start([ResilienceTestingModule.forRoot({ clients, clock })]);
    const { status, attempts } = await stripe.get(upstream.url);
    expect([status, attempts, upstream.arrived.length]).toEqual([200, 1, 2]);
    const hanging = stripe.get(upstream.url);
    const told = expect(hanging).rejects.toMatchObject({ code: 'RESILIENCE_TIMEOUT', timeout: 7_000 });
    await eventually(() => upstream.arrived.length === 3);
    await clock.advance(7_000);
    await told;
  });
});

describe('the testing module beside the registration of an application', () => {
  let hasAsked = false;

  @Module({
    imports: [
      ResilienceModule.forRootAsync({
        useFactory: () => {
          hasAsked = true;
          return { policies: { payments: { retry: { maxRetries: 7 } } } };
        },
      }),
    ],
  })
  class AppModule {}

  it('replaces it, without calling its factory', async () => {
    const payments = await start([AppModule, ResilienceTestingModule.forRoot()]);
    await expect(payments.charge()).rejects.toThrow('not now');
    expect([payments.calls, hasAsked]).toEqual([1, false]);
  });

  it('replaces its options whole, where it protects', async () => {
    const clock = new ManualClock();
    const options: ResilienceModuleOptions = {
      clock,
      passThrough: false,
      policies: {
        payments: { retry: { maxRetries: 2 } },
        unknown: { bulkhead: { maxConcurrent: 1 } },
        empty: { timeout: 1 },
      },
      defaults: { timeout: '2s' },
      clients: { stripe: {} },
    };
    const payments = await start([AppModule, ResilienceTestingModule.forRoot(options)]);
    await expect(payments.charge()).resolves.toBe('nothing');
    expect([payments.calls, hasAsked]).toEqual([3, false]);
    const service = module.get(ResilienceService);
    expect(service.describe('payments').retry?.maxRetries).toBe(2);
    expect(module.select(AppModule).get(ResilienceService, { strict: false })).toBe(service);
  });

  it('is one: two testing modules are refused', async () => {
    const imports = [ResilienceTestingModule.forRoot(), ResilienceTestingModule.forRoot()];
    await expect(Test.createTestingModule({ imports }).compile()).rejects.toThrow(
      'it once in an application',
    );
  });
});

describe('a circuit whose state a test sets', () => {
  const clock = new ManualClock();
  const protecting = () =>
    start([
      ResilienceTestingModule.forRoot({
        clock,
        passThrough: false,
        defaults: { timeout: '2s' },
        policies: {
          payments: { circuitBreaker: { recoveryTimeout: '10s' } },
          unknown: { bulkhead: { maxConcurrent: 1 } },
          empty: {},
        },
        clients: { stripe: {} },
      }),
    ]);

  it('opens, lets a trial through after its time, and closes', async () => {
    const payments = await protecting();
    const events = recordEvents(module);
    overrideState(module, 'payments', 'open');
    await expect(payments.refund()).rejects.toBeInstanceOf(CircuitOpenException);
    await expect(payments.refund()).rejects.toMatchObject({ retryAfter: 10_000 });
    await clock.advance(10_000);
    await expect(payments.refund()).resolves.toBe('refunded');
    overrideState(module, 'payments', 'half-open');
    const circuit = module.get(CircuitBreakerRegistry).get('payments');
    expect(circuit?.state).toBe('half-open');
    await payments.refund();
    expect(circuit?.state).toBe('closed');
    overrideState(module, 'payments', 'forced-open');
    await expect(payments.refund()).rejects.toBeInstanceOf(CircuitOpenException);
    overrideState(module, 'payments', 'closed');
    await expect(payments.refund()).resolves.toBe('refunded');
    const types = events.map(({ type }) => type).filter((type) => /^circuit\.(?!rejected)/.test(type));
    expect(types.slice(0, 3)).toEqual(['circuit.opened', 'circuit.half-opened', 'circuit.closed']);
  });

  it('has to exist', async () => {
    await protecting();
    expect(() => overrideState(module, 'paymnts', 'open')).toThrow("no circuit 'paymnts' (known: payments)");
  });
});
