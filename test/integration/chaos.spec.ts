import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { EMPTY, firstValueFrom, from, lastValueFrom, Observable, of, toArray } from 'rxjs';
import {
  Chaos,
  CircuitBreaker,
  CircuitBreakerRegistry,
  Fallback,
  ResilienceConfigurationError,
  ResilienceService,
  Resilient,
  Retryable,
  ShutdownException,
  Timeout,
  TimeoutException,
} from 'nestjs-breakwater';
import type { ChaosOptions, PolicyOptions, ResilienceModuleOptions } from 'nestjs-breakwater';
import { chaos, isInjected, ResilienceChaos } from 'nestjs-breakwater/chaos';
import { ManualClock, recordEvents, ResilienceTestingModule, withChaos } from 'nestjs-breakwater/testing';
import { Test } from '@nestjs/testing';
import { APPLICATION } from '../../lib/resilience.providers.js';
import type { Application } from '../../lib/resilience.application.js';
import { metricTable } from '../../lib/telemetry/metrics/metric-table.js';
import { startApplication, stateOf } from '../support/application.js';
import type { TestApplication } from '../support/application.js';
import { causeOf } from '../support/http-way.js';
import { strategyWays } from '../support/strategy-ways.js';
import type { Scenario } from '../support/strategy-ways.js';

const enabled = { chaos: chaos({ enabled: true }) };
const quiet = (promise: Promise<unknown>) => (promise.catch(() => undefined), promise);
const reset: ChaosOptions = { faults: [{ kind: 'error', error: 'ECONNRESET' }] };
const hang: ChaosOptions = { faults: [{ kind: 'hang' }] };

let running: { module: { close(): Promise<void> } } | undefined;
afterEach(async () => {
  await running?.module.close();
  running = undefined;
  jest.restoreAllMocks();
});

describe.each(strategyWays)('chaos through %s', (way, start) => {
  let app: Scenario;
  afterEach(() => app.stop());
  const startWith = async (policy: PolicyOptions, options: ResilienceModuleOptions = enabled) => {
    app = await start(policy, options);
    return app;
  };
  const errorOf = (run: Promise<unknown>) =>
    run.then(
      () => undefined,
      (error: unknown) => error,
    );

  it('injects an error in place of the body, which retry and circuit take for a real one', async () => {
    await startWith({
      chaos: reset,
      retry: { maxRetries: 2, baseDelay: 0 },
      circuitBreaker: { failureThreshold: 3 },
    });
    let bodies = 0;
    const error = await errorOf(app.run(() => ++bodies));
    expect(bodies).toBe(0);
    expect(isInjected(error)).toBe(true);
    expect(app.circuits.get(app.nameOf())?.state).toBe('open');
    const injected = app.told.filter(({ type }) => type === 'chaos.injected');
    expect(injected).toMatchObject([1, 2, 3].map((attempt) => ({ kind: 'error', attempt })));
    // a refusal is real, and so is everything that no fault has made
    expect(isInjected(await errorOf(app.run(() => ++bodies)))).toBe(true);
  });

  it('waits for the delay that an injected answer asks for', async () => {
    await startWith({
      chaos: {
        faults: [{ kind: 'error', error: { status: 503, headers: { 'Retry-After': 7 } }, rate: 0.6 }],
      },
      retry: { maxRetries: 1, baseDelay: 1, jitter: 'none' },
    });
    const run = quiet(app.run(() => 'fine'));
    await app.settle();
    expect(app.told.find(({ type }) => type === 'retry.scheduled')).toMatchObject({ reason: 'retry-after' });
    await app.clock.advance(8000);
    expect(isInjected(await errorOf(run))).toBe(true);
  });

  it('lets the body run after a latency', async () => {
    await startWith({ chaos: { faults: [{ kind: 'latency', delay: '2s' }] } });
    let bodies = 0;
    const run = app.run(() => ++bodies);
    await app.clock.advance(1999);
    expect(bodies).toBe(0);
    await app.clock.advance(1);
    await expect(run).resolves.toBe(1);
  });

  it.each([
    ['latency', { faults: [{ kind: 'latency', delay: '1m' }] }],
    ['hang', hang],
  ] satisfies [string, ChaosOptions][])(
    '%s is cut off by the time limit of the attempt, and no body runs',
    async (_, faults) => {
      await startWith({ chaos: faults, timeout: '1s' });
      let bodies = 0;
      const run = quiet(app.run(() => ++bodies));
      await app.clock.advance(1000);
      await expect(run).rejects.toBeInstanceOf(TimeoutException);
      await app.clock.advance(60_000);
      expect(bodies).toBe(0);
    },
  );

  it('hangs until the caller leaves', async () => {
    await startWith({ chaos: hang });
    const caller = new AbortController();
    const run = quiet(app.run(() => 'fine', { signal: caller.signal }));
    await app.clock.advance(60_000);
    expect(await stateOf(run)).toBe('pending');
    caller.abort(new Error('left'));
    await expect(run).rejects.toThrow('left');
  });

  it('hangs no longer than the application runs, and holds no timer', async () => {
    await startWith({ chaos: hang });
    const run = quiet(app.run(() => 'fine'));
    await app.settle();
    expect(app.clock.pending).toBe(0);
    await app.module.close();
    expect(await errorOf(run)).toBeInstanceOf(ShutdownException);
  });

  it('gives a result in place of the body', async () => {
    await startWith({ chaos: { faults: [{ kind: 'result', result: () => ({ rate: 7 }) }] } });
    await expect(app.run(() => 'from the body')).resolves.toEqual({ rate: 7 });
  });

  it('lets attempts through that no fault has drawn', async () => {
    const faults: ChaosOptions['faults'] = [{ kind: 'error', error: 500, rate: 0.5 }];
    await startWith({ chaos: { faults } });
    // chance is one half, and a rate is an upper bound that is left out
    await expect(app.run(() => 'fine')).resolves.toBe('fine');
    expect(causeOf(await errorOf(app.run(() => Promise.reject(new Error('real')))))).toMatchObject({
      message: 'real',
    });
    expect(app.told).toEqual([]);
  });

  it.each([
    ['not enabled', { chaos: chaos() }],
    ['not there', {}],
  ])('does nothing where it is %s', async (_, options) => {
    await startWith({ chaos: reset }, options);
    await expect(app.run(() => 'fine')).resolves.toBe('fine');
  });

  it('is counted by its kind', async () => {
    await startWith({ chaos: reset, retry: { maxRetries: 2, baseDelay: 0 } }, { ...enabled, telemetry: {} });
    await errorOf(app.run(() => 'fine'));
    const name = way === 'the HTTP client' ? 'http' : 'p';
    const { runtime } = app.module.get<Application>(APPLICATION);
    const detail = runtime.metrics.collect().find((family) => family.name === name);
    expect(detail?.injections).toEqual([{ kind: 'error', count: 3 }]);
    const table = metricTable.find((metric) => metric.name === 'breakwater.chaos.injections');
    expect(table?.read(detail as never)).toEqual([
      { labels: { 'breakwater.chaos.kind': 'error' }, cells: [3] },
    ]);
  });

  it('is there for hedges too', async () => {
    await startWith({
      chaos: { faults: [{ kind: 'latency', delay: '1s' }] },
      hedge: { delay: 100, maxHedges: 1 },
    });
    const run = app.run(() => 'fine');
    await app.clock.advance(1000);
    await expect(run).resolves.toBe('fine');
    expect(app.told.filter(({ type }) => type === 'chaos.injected')).toHaveLength(2);
  });

  it('is started and stopped while the application runs', async () => {
    await startWith({ retry: false });
    const control = app.module.get(ResilienceChaos);
    const name = way === 'the HTTP client' ? 'http' : 'p';
    await expect(app.run(() => 'fine')).resolves.toBe('fine');
    const stop = control.start({ name, faults: [{ kind: 'result', result: () => 'injected' }], for: '5m' });
    await expect(app.run(() => 'fine')).resolves.toBe('injected');
    stop();
    await expect(app.run(() => 'fine')).resolves.toBe('fine');
  });
});

/** An application with one service on virtual time. */
async function startService<T>(service: new () => T, options: ResilienceModuleOptions = enabled) {
  const app: TestApplication = await startApplication(options, service);
  running = app;
  return { ...app, service: app.module.get(service), control: app.module.get(ResilienceChaos) };
}

describe('chaos around streams', () => {
  class Feed {
    runs = 0;

    @Retryable({ maxRetries: 1, baseDelay: 0 })
    @Chaos('feed')
    observe(): Observable<number> {
      this.runs++;
      return of(1, 2);
    }

    @Chaos('feed')
    async *iterate(): AsyncGenerator<number> {
      this.runs++;
      yield* [1, 2];
    }
  }
  const startFeed = (options: ChaosOptions) =>
    startService(Feed, { ...enabled, policies: { feed: { chaos: options } } });
  const itemsOf = async (items: AsyncIterable<unknown>) => {
    const all: unknown[] = [];
    for await (const item of items) all.push(item);
    return all;
  };

  it('fails them before their first value, so that they are subscribed to again', async () => {
    const { service, told } = await startFeed(reset);
    await expect(lastValueFrom(service.observe())).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(itemsOf(service.iterate())).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(service.runs).toBe(0);
    const attempts = told.filter(({ type }) => type === 'chaos.injected');
    expect(attempts).toMatchObject([{ attempt: 1 }, { attempt: 2 }, { attempt: 1 }]);
  });

  it('delays them', async () => {
    const { service, clock } = await startFeed({ faults: [{ kind: 'latency', delay: '1s' }] });
    const values = [lastValueFrom(service.observe().pipe(toArray())), itemsOf(service.iterate())];
    await clock.advance(999);
    expect(service.runs).toBe(0);
    await clock.advance(1);
    await expect(Promise.all(values)).resolves.toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  it('ends a hang when the consumer leaves', async () => {
    const { service, clock } = await startFeed(hang);
    const subscription = service.observe().subscribe();
    const iterator = service.iterate();
    const item = quiet(iterator.next());
    await clock.advance(1000);
    subscription.unsubscribe();
    expect(await stateOf(item)).toBe('pending');
    expect([service.runs, clock.pending]).toEqual([0, 0]);
  });

  it.each<[what: string, value: () => unknown, values: unknown[]]>([
    ['a value', () => 7, [7]],
    ['a promise', () => Promise.resolve(7), [7]],
    ['a list', () => [7, 8], [[7, 8]]],
  ])('gives %s in their place', async (_, result, values) => {
    const { service } = await startFeed({ faults: [{ kind: 'result', result }] });
    await expect(firstValueFrom(service.observe().pipe(toArray()))).resolves.toEqual(values);
    await expect(itemsOf(service.iterate())).resolves.toEqual(values);
  });

  it('gives a stream in their place', async () => {
    const feed = await startFeed({ faults: [{ kind: 'result', result: () => from([7, 8]) }] });
    await expect(firstValueFrom(feed.service.observe().pipe(toArray()))).resolves.toEqual([7, 8]);
    await feed.module.close();
    const empty = await startFeed({ faults: [{ kind: 'result', result: () => EMPTY }] });
    await expect(firstValueFrom(empty.service.observe().pipe(toArray()))).resolves.toEqual([]);
  });
});

describe('chaos around a method whose type the compiler has not left', () => {
  let injected = true;
  const faults: ChaosOptions['faults'] = [{ kind: 'error', error: () => new Error('injected'), rate: 0.6 }];
  const options = {
    chaos: chaos({ enabled: true }),
    random: () => (injected ? 0.1 : 0.9),
    policies: { p: { chaos: { faults } } },
  };

  class Untyped {
    runs = 0;

    @Chaos('p')
    promise() {
      this.runs++;
      return Promise.resolve('fine');
    }

    @Chaos('p')
    stream() {
      this.runs++;
      return of(1, 2);
    }
  }

  @Resilient('p')
  class Whole {
    sync() {
      return 'at once';
    }

    promise() {
      return Promise.resolve('fine');
    }
  }

  it('rejects the first call like a refusal, before the body shows what it gives', async () => {
    injected = true;
    const { service } = await startService(Untyped, options);
    await expect(service.promise()).rejects.toThrow('injected');
    await expect(service.stream()).rejects.toThrow('injected');
    expect(service.runs).toBe(0);
  });

  it('leaves a first run alone that no fault has drawn, and draws once for it', async () => {
    injected = false;
    const { service } = await startService(Untyped, options);
    await expect(service.promise()).resolves.toBe('fine');
    await expect(lastValueFrom(service.stream())).resolves.toBe(2);
    injected = true;
    // its form is known now
    await expect(lastValueFrom(service.stream())).rejects.toThrow('injected');
    await expect(service.promise()).rejects.toThrow('injected');
    expect(service.runs).toBe(2);
  });

  it('keeps what it has learnt when faults are started', async () => {
    injected = false;
    const { service, control } = await startService(Untyped, {
      ...options,
      policies: { p: { chaos: { faults } } },
    });
    await expect(lastValueFrom(service.stream())).resolves.toBe(2);
    control.start({ name: 'Untyped.stream', faults: [{ kind: 'result', result: () => 7 }] });
    await expect(lastValueFrom(service.stream())).resolves.toBe(7);
  });

  it('never turns a synchronous method of a decorated class into a promise', async () => {
    injected = true;
    const { service } = await startService(Whole, options);
    expect(service.sync()).toBe('at once');
    // the first run has to show that it gives a promise
    await expect(service.promise()).resolves.toBe('fine');
    await expect(service.promise()).rejects.toThrow('injected');
    expect(service.sync()).toBe('at once');
  });
});

describe('the switches of chaos', () => {
  class Payments {
    @Chaos(reset)
    async charge(): Promise<string> {
      return 'charged';
    }
  }
  const lines = (level: 'warn' | 'debug') => {
    const spy = jest.spyOn(Logger.prototype, level).mockReturnValue(undefined);
    return () => spy.mock.calls.map(([line]) => String(line)).filter((line) => line.includes('Chaos'));
  };
  const inEnvironment = async (name: string, run: () => Promise<unknown>) => {
    const before = process.env.NODE_ENV;
    process.env.NODE_ENV = name;
    try {
      return await run();
    } finally {
      process.env.NODE_ENV = before;
    }
  };
  const problemsOf = (options: ResilienceModuleOptions, ...services: never[]) =>
    startApplication(options, ...services).then(
      () => [],
      (error: ResilienceConfigurationError) => error.problems.map(({ path }) => path),
    );

  it.each(['development', 'test', 'staging'])(
    'warn at every start where it is enabled: %s',
    async (environment) => {
      const warned = lines('warn');
      await inEnvironment(environment, () => startService(Payments));
      expect(warned()).toEqual([
        'Chaos is enabled: faults are injected on purpose, as policies and @Chaos declare or ResilienceChaos starts',
      ]);
    },
  );

  it('are two in production', async () => {
    const warned = lines('warn');
    await inEnvironment('production', async () => {
      expect(await problemsOf(enabled)).toEqual(['chaos.enabled']);
      expect(await problemsOf({ chaos: chaos({ enabled: false }) })).toEqual([]);
      expect(warned()).toEqual([]);
      const { service } = await startService(Payments, {
        chaos: chaos({ enabled: true, allowInProduction: true }),
      });
      await expect(service.charge()).rejects.toMatchObject({ code: 'ECONNRESET' });
    });
    expect(warned()).toHaveLength(1);
  });

  it.each<[what: string, options: object, silent: string[]]>([
    ['in a decorator', {}, ['Payments.charge']],
    [
      'in a policy too',
      { chaos: chaos(), policies: { rates: { chaos: hang } } },
      ['rates', 'Payments.charge'],
    ],
  ])('say at level debug which faults stay silent: those %s', async (_, options, names) => {
    const told = lines('debug');
    const levels = jest.spyOn(Logger, 'isLevelEnabled').mockReturnValue(true);
    const { service } = await startService(Payments, options);
    expect(told()).toEqual([`Chaos is not enabled: declared faults stay silent (${names.join(', ')})`]);
    await expect(service.charge()).resolves.toBe('charged');
    levels.mockRestore();
  });

  it('leave pipelines without the strategy where it is off, and start() refuses', async () => {
    const off = await startService(Payments, { policies: { rates: { chaos: hang } } });
    expect(() => off.control.start({ name: 'Payments.charge', faults: [{ kind: 'hang' }] })).toThrow(
      /enabled: true/,
    );
    expect(off.control.active()).toEqual([]);
    off.control.stopAll();
  });

  it('are checked, also where chaos is not enabled', async () => {
    expect(await problemsOf({ chaos: true as never })).toEqual(['chaos']);
    expect(await problemsOf({ chaos: chaos({ enabled: 'yes' as never }) })).toEqual(['chaos.enabled']);
    expect(await problemsOf({ chaos: chaos({ on: true } as never) })).toEqual(['chaos.on']);
    expect(await problemsOf({ chaos: chaos(null as never) })).toEqual(['chaos']);
    const faults = [{ kind: 'error', error: 'no code' }];
    expect(await problemsOf({ policies: { a: { chaos: { faults } }, b: { chaos: {} } } } as never)).toEqual([
      'policies.a.chaos.faults[0].error',
      'policies.b.chaos.faults',
    ]);
    class Wrong {
      @Chaos({ faults: [{ kind: 'hang', rate: 7 }] })
      async run(): Promise<void> {}

      @Chaos()
      async bare(): Promise<void> {}
    }
    expect(await problemsOf({}, Wrong as never)).toEqual([
      'Wrong.run @Chaos.faults[0].rate',
      'Wrong.bare @Chaos.faults',
    ]);
  });

  it('do nothing where everything runs bare', async () => {
    const { service, control } = await startService(Payments, { ...enabled, passThrough: true });
    await expect(service.charge()).resolves.toBe('charged');
    expect(() => control.start({ name: 'Payments.charge', faults: [{ kind: 'hang' }] })).toThrow(
      /passThrough/,
    );
  });
});

describe('describe()', () => {
  class Payments {
    @Retryable('payments')
    @Timeout('1s')
    @Chaos('payments')
    async charge(): Promise<void> {}
  }
  const policies = {
    payments: { retry: {}, chaos: { faults: [{ kind: 'latency', delay: ['1s', '2s'] }] } },
  } satisfies object;

  it('shows the faults behind the time limit of the attempt, where they are enabled', async () => {
    const { module } = await startService(Payments, { ...enabled, policies: policies as never });
    const described = module.get(ResilienceService).describe(Payments, 'charge');
    expect(described.strategies.slice(-2)).toEqual(['attempt timeout', 'chaos']);
    expect(described.chaos).toEqual({ faults: [{ kind: 'latency', delay: [1000, 2000], rate: 1 }] });
    expect(module.get(ResilienceService).describe('payments').strategies).toEqual(['retry', 'chaos']);
  });

  it('shows none where they stay silent', async () => {
    const { module } = await startService(Payments, { policies: policies as never });
    expect(module.get(ResilienceService).describe(Payments, 'charge').strategies).not.toContain('chaos');
    expect(module.get(ResilienceService).describe('payments').strategies).toEqual(['retry']);
  });
});

describe('ResilienceChaos', () => {
  class Payments {
    runs = 0;

    @Retryable('payments', { maxRetries: 0 })
    @Fallback(() => 'later')
    async charge(): Promise<string> {
      this.runs++;
      return 'charged';
    }

    @CircuitBreaker()
    async refund(): Promise<string> {
      this.runs++;
      return 'refunded';
    }
  }
  const startPayments = (options: ResilienceModuleOptions = {}) =>
    startService(Payments, { ...enabled, policies: { payments: { retry: { maxRetries: 0 } } }, ...options });
  const down = [{ kind: 'error', error: 503 }] as const;

  it.each(['payments', 'Payments.charge'])(
    'meets the method by the name %s, though nothing was declared',
    async (name) => {
      const { service, control } = await startPayments();
      control.start({ name, faults: down });
      await expect(service.charge()).resolves.toBe('later');
      await expect(service.refund()).resolves.toBe('refunded');
      expect(service.runs).toBe(1);
    },
  );

  it('lists what is at work, and ends it by the clock of the application, without a timer', async () => {
    const { service, control, clock } = await startPayments();
    control.start({ name: 'payments', faults: down, for: '2m' });
    control.start({ name: 'Payments.refund', faults: [{ kind: 'hang' }] });
    expect(clock.pending).toBe(0);
    expect(control.active()).toEqual([
      { name: 'payments', faults: down, until: clock.wallNow() + 120_000 },
      { name: 'Payments.refund', faults: [{ kind: 'hang' }], until: clock.wallNow() + 300_000 },
    ]);
    await clock.advance(119_999);
    await expect(service.charge()).resolves.toBe('later');
    await clock.advance(1);
    await expect(service.charge()).resolves.toBe('charged');
    expect(control.active().map(({ name }) => name)).toEqual(['Payments.refund']);
    await clock.advance(180_000);
    await expect(service.refund()).resolves.toBe('refunded');
    expect(control.active()).toEqual([]);
  });

  it('may have several at work for one name: the one that was started first is asked first', async () => {
    const { service, control } = await startPayments();
    const result = (value: string) => [{ kind: 'result', result: () => value }] as const;
    const stopFirst = control.start({ name: 'Payments.charge', faults: result('first') });
    const stopSecond = control.start({ name: 'payments', faults: result('second') });
    await expect(service.charge()).resolves.toBe('first');
    stopFirst();
    stopFirst();
    await expect(service.charge()).resolves.toBe('second');
    stopSecond();
    await expect(service.charge()).resolves.toBe('charged');
  });

  it('stops everything at once', async () => {
    const { service, control } = await startPayments();
    control.start({ name: 'payments', faults: down });
    control.start({ name: 'Payments.refund', faults: [{ kind: 'hang' }] });
    control.stopAll();
    await expect(service.charge()).resolves.toBe('charged');
    await expect(service.refund()).resolves.toBe('refunded');
    expect(control.active()).toEqual([]);
  });

  it('stops with the application, and starts nothing more', async () => {
    const { control, module } = await startPayments();
    control.start({ name: 'payments', faults: down });
    await module.close();
    expect(control.active()).toEqual([]);
    expect(() => control.start({ name: 'payments', faults: down })).toThrow(ResilienceConfigurationError);
  });

  it.each<[what: string, run: unknown, paths: string[]]>([
    ['nothing', undefined, ['start', 'start.name', 'start.faults']],
    ['no name', { faults: down }, ['start.name']],
    ['no faults', { name: 'payments' }, ['start.faults']],
    ['a wrong fault', { name: 'payments', faults: [{ kind: 'hang', rate: 2 }] }, ['start.faults[0].rate']],
    ['more than an hour', { name: 'payments', faults: down, for: '61m' }, ['start.for']],
    ['no time', { name: 'payments', faults: down, for: 0 }, ['start.for']],
    ['an unknown option', { name: 'payments', faults: down, during: '1m' }, ['start.during']],
  ])('refuses %s with the place and the fix', async (_, run, paths) => {
    const { control } = await startPayments();
    let error: unknown;
    try {
      control.start(run as never);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ResilienceConfigurationError);
    expect((error as ResilienceConfigurationError).problems.map(({ path }) => path)).toEqual(paths);
    expect(control.active()).toEqual([]);
  });

  it('may run for an hour, and warns of a name that nothing has', async () => {
    const warned = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    const { control } = await startPayments();
    warned.mockClear();
    control.start({ name: 'payments', faults: down, for: '1h' });
    expect(warned).not.toHaveBeenCalled();
    control.start({ name: 'paymnets', faults: down });
    expect(warned).toHaveBeenCalledWith(expect.stringContaining("'paymnets'"));
  });

  it('is asked before what is declared', async () => {
    const { service, control } = await startPayments({ policies: { payments: { retry: {}, chaos: hang } } });
    control.start({ name: 'payments', faults: [{ kind: 'result', result: () => 'injected' }] });
    await expect(service.charge()).resolves.toBe('injected');
  });

  it('leaves the states of circuits as they are', async () => {
    const { service, control, module } = await startPayments();
    const circuit = () => module.get(CircuitBreakerRegistry).get('Payments.refund');
    const before = circuit();
    const stop = control.start({ name: 'Payments.refund', faults: down });
    for (let call = 0; call < 5; call++) await quiet(service.refund()).catch(() => undefined);
    expect(circuit()).toBe(before);
    expect(circuit()?.state).toBe('open');
    stop();
    expect(circuit()?.state).toBe('open');
  });

  it('meets calls of execute with a named and with an inline policy', async () => {
    const { module, control } = await startPayments();
    const resilience = module.get(ResilienceService);
    const inline: PolicyOptions = { retry: { maxRetries: 0 } };
    const run = () => resilience.execute(inline, () => 'fine', { name: 'rates' });
    await expect(run()).resolves.toBe('fine');
    const stop = control.start({ name: 'rates', faults: down });
    await expect(run()).rejects.toMatchObject({ status: 503 });
    stop();
    await expect(run()).resolves.toBe('fine');
    control.start({ name: 'payments', faults: down });
    await expect(resilience.execute('payments', () => 'fine', { name: 'other' })).rejects.toMatchObject({
      status: 503,
    });
  });
});

describe('withChaos', () => {
  class Rates {
    @Retryable('upstream', { baseDelay: 0 })
    @Fallback(() => 'of yesterday')
    @Timeout('1s')
    async today(): Promise<string> {
      return 'of today';
    }
  }
  const start = async (options: ResilienceModuleOptions = { passThrough: false }) => {
    const clock = new ManualClock();
    const imports = [
      ResilienceTestingModule.forRoot({ clock, policies: { upstream: { retry: {} } }, ...options }),
    ];
    const module = await Test.createTestingModule({ imports, providers: [Rates] }).compile();
    module.useLogger(false);
    await module.init();
    running = { module };
    return { module, clock, rates: module.get(Rates) };
  };
  const down = [{ kind: 'error', error: 503 }] as const;

  it('proves a fallback in an application that was started without chaos, and leaves nothing behind', async () => {
    const { module, rates } = await start();
    const events = recordEvents(module);
    await expect(withChaos(module, { 'Rates.today': down }, () => rates.today())).resolves.toBe(
      'of yesterday',
    );
    expect(events.filter(({ type }) => type === 'chaos.injected')).toHaveLength(4);
    await expect(rates.today()).resolves.toBe('of today');
    expect(events.filter(({ type }) => type === 'chaos.injected')).toHaveLength(4);
  });

  it('does not leave declared faults awake', async () => {
    const { module, rates } = await start({
      passThrough: false,
      policies: { upstream: { retry: {}, chaos: reset } },
    });
    await expect(withChaos(module, {}, () => rates.today())).resolves.toBe('of today');
  });

  it('lets a hang run into its time limit, however long that takes', async () => {
    const { module, rates, clock } = await start();
    const answer = withChaos(module, { upstream: [{ kind: 'hang' }] }, async () => {
      const run = rates.today();
      await clock.advance(7_200_000);
      return run;
    });
    await expect(answer).resolves.toBe('of yesterday');
  });

  it('restores what was there, also where the function throws', async () => {
    const { module, rates } = await start();
    const failing = withChaos(module, { upstream: down }, () => {
      throw new Error('a failed expectation');
    });
    await expect(failing).rejects.toThrow('a failed expectation');
    await expect(rates.today()).resolves.toBe('of today');
  });

  it('may stand within another', async () => {
    const { module, rates } = await start();
    const inner = () => withChaos(module, { upstream: down }, () => rates.today());
    const result = [{ kind: 'result', result: () => 'injected' }] as const;
    const answers = await withChaos(module, { upstream: result }, async () => [
      await inner(),
      await rates.today(),
    ]);
    expect(answers).toEqual(['injected', 'injected']);
    await expect(rates.today()).resolves.toBe('of today');
  });

  it.each<[what: string, faults: unknown, path: string]>([
    ['no object', 'upstream', 'withChaos'],
    ['no list', { upstream: { kind: 'hang' } }, 'withChaos.upstream'],
    ['a wrong fault', { upstream: [{ kind: 'hang', rate: -1 }] }, 'withChaos.upstream[0].rate'],
  ])('refuses %s', async (_, faults, path) => {
    const { module, rates } = await start();
    const error: unknown = await withChaos(module, faults as never, () => rates.today()).catch(
      (thrown: unknown) => thrown,
    );
    expect((error as ResilienceConfigurationError).problems.map((problem) => problem.path)).toEqual([path]);
    await expect(rates.today()).resolves.toBe('of today');
  });

  it('refuses an application that runs bare, and production', async () => {
    const { module, rates } = await start({});
    await expect(withChaos(module, { upstream: down }, () => rates.today())).rejects.toThrow(/runs bare/);
    const before = process.env.NODE_ENV;
    process.env.NODE_ENV = 'production';
    try {
      await expect(withChaos(module, { upstream: down }, () => rates.today())).rejects.toThrow(/for tests/);
    } finally {
      process.env.NODE_ENV = before;
    }
  });
});
