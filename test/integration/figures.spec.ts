import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { from, lastValueFrom, Observable, throwError } from 'rxjs';
import { describe, expect, it, jest } from '@jest/globals';
import {
  Fallback,
  RateLimitRegistry,
  ResilienceMetrics,
  ResilienceModule,
  ResilienceService,
  Resilient,
  Retryable,
  RetryBudgetRegistry,
} from 'nestjs-breakwater';
import type { FamilyFigures, ResilienceExporter, TelemetrySource } from 'nestjs-breakwater';
import { ResilienceTestingModule } from 'nestjs-breakwater/testing';
import { Test } from '@nestjs/testing';
import { startApplication } from '../support/application.js';
import type { TestApplication } from '../support/application.js';
import { startHttp, stopHttp } from '../support/http-application.js';

class Down extends Error {}

const down = () => Promise.reject(new Down('down'));
const fine = () => Promise.resolve('fine');

const figuresOf = ({ module }: TestApplication, name: string) =>
  module.get(ResilienceMetrics).family(name) as FamilyFigures;

const sum = (counts: Record<string, number>) => Object.values(counts).reduce((all, count) => all + count, 0);

/** What always holds once nothing is under way. */
function expectToAddUp(figures: FamilyFigures) {
  expect(figures.inFlight).toBe(0);
  expect(sum(figures.attempts)).toBe(sum(figures.attemptOutcomes));
  expect(sum(figures.errors)).toBe(figures.calls.failure);
  for (const counter of [...Object.values(figures.calls), ...Object.values(figures.attempts)])
    expect(counter).toBeGreaterThanOrEqual(0);
}

describe('the figures of a family', () => {
  it('count calls by what their callers got, and attempts by their reason and their end', async () => {
    const app = await startApplication({ policies: { p: { retry: { maxRetries: 2, baseDelay: 0 } } } });
    let failures = 1;
    await app.service.execute('p', fine);
    await app.service.execute('p', () => (failures-- > 0 ? down() : fine()));
    await expect(app.service.execute('p', down)).rejects.toThrow('down');
    const figures = figuresOf(app, 'p');
    expect(figures).toMatchObject({
      name: 'p',
      policy: 'p',
      calls: { success: 2, failure: 1, rejected: 0, aborted: 0, fallback: 0 },
      retriedCalls: { success: 1, failure: 1 },
      attempts: { first: 3, retry: 3, hedge: 0, failover: 0 },
      attemptOutcomes: { success: 2, failure: 4, timeout: 0, aborted: 0 },
      errors: { Down: 1 },
    });
    expectToAddUp(figures);
    expect(JSON.parse(JSON.stringify(figures))).toEqual(figures);
  });

  it('count refusals for the family of the call, and transitions for the name of the circuit', async () => {
    const circuitBreaker = { name: 'db', failureThreshold: 1, recoveryTimeout: '1s' };
    const app = await startApplication({ policies: { p: { circuitBreaker } } });
    await expect(app.service.execute('p', down)).rejects.toThrow();
    await expect(app.service.execute('p', fine)).rejects.toThrow('db');
    await app.clock.advance(1000);
    await app.service.execute('p', fine);
    expect(figuresOf(app, 'p')).toMatchObject({
      calls: { success: 1, failure: 1, rejected: 1 },
      attempts: { first: 2 },
      rejections: { circuit: 1, bulkhead: 0, rateLimit: 0 },
      transitions: [],
    });
    expect(figuresOf(app, 'db')).toMatchObject({
      calls: { success: 0 },
      circuits: { closed: 1, open: 0, halfOpen: 0, forcedOpen: 0, disabled: 0 },
      transitions: [
        { to: 'open', cause: 'consecutive', count: 1 },
        { to: 'half-open', cause: 'trial', count: 1 },
        { to: 'closed', cause: 'trial', count: 1 },
      ],
    });
  });

  it('count limits of attempts and calls, and what the timeouts did to attempts', async () => {
    const timeout = { attempt: '1s', total: '1500ms' };
    const app = await startApplication({
      policies: { p: { timeout, retry: { maxRetries: 1, baseDelay: 0 } } },
    });
    const call = app.service.execute('p', () => new Promise(() => undefined)).catch(() => 'late');
    expect(figuresOf(app, 'p').inFlight).toBe(1);
    await app.clock.advance(2000);
    expect(await call).toBe('late');
    const figures = figuresOf(app, 'p');
    expect(figures).toMatchObject({
      calls: { failure: 1 },
      retriedCalls: { failure: 1 },
      attempts: { first: 1, retry: 1 },
      attemptOutcomes: { timeout: 2 },
      timeouts: { attempt: 1, total: 1 },
      errors: { RESILIENCE_TIMEOUT: 1 },
    });
    expectToAddUp(figures);
  });

  it('count hedges, of which the slower one is aborted', async () => {
    const app = await startApplication({ policies: { p: { hedge: { delay: '100ms' } } } });
    let runs = 0;
    const call = app.service.execute('p', () => (++runs === 1 ? new Promise(() => undefined) : fine()));
    await app.clock.advance(100);
    await call;
    const figures = figuresOf(app, 'p');
    expect(figures).toMatchObject({
      calls: { success: 1 },
      retriedCalls: { success: 0 },
      attempts: { first: 1, hedge: 1 },
      attemptOutcomes: { success: 1, aborted: 1 },
    });
    expectToAddUp(figures);
  });

  it('count callers that leave: in an attempt, in a pause, in a queue', async () => {
    const app = await startApplication({
      policies: { p: { retry: { baseDelay: '1s' }, bulkhead: { maxConcurrent: 1, maxQueue: 1 } } },
    });
    const [running, waiting] = [new AbortController(), new AbortController()];
    const hang = () => new Promise(() => undefined);
    const first = app.service.execute('p', hang, { signal: running.signal }).catch(() => 'left');
    const second = app.service.execute('p', hang, { signal: waiting.signal }).catch(() => 'left');
    const third = app.service.execute('p', hang).catch((error: Error) => error.name);
    expect(await third).toBe('BulkheadFullException');
    expect(figuresOf(app, 'p').bulkhead).toEqual({ running: 1, queued: 1, limit: 1 });
    waiting.abort();
    running.abort();
    expect(await Promise.all([first, second])).toEqual(['left', 'left']);
    const pausing = new AbortController();
    const paused = app.service.execute('p', down, { signal: pausing.signal }).catch(() => 'left');
    await app.clock.advance(1);
    pausing.abort();
    await paused;
    const figures = figuresOf(app, 'p');
    expect(figures).toMatchObject({
      calls: { success: 0, failure: 0, rejected: 1, aborted: 3 },
      attempts: { first: 2 },
      attemptOutcomes: { failure: 1, aborted: 1 },
      suppressed: { aborted: 1 },
      rejections: { bulkhead: 1 },
    });
    expectToAddUp(figures);
  });

  it('count the waits before retries by their source, and durations, in seconds', async () => {
    const app = await startApplication({
      policies: { p: { retry: { maxRetries: 1, baseDelay: '200ms', backoff: 'constant', jitter: 'none' } } },
    });
    const call = app.service.execute('p', down).catch(() => undefined);
    await app.clock.advance(200);
    await call;
    const { duration, retryDelay } = figuresOf(app, 'p');
    expect(retryDelay).toMatchObject({ sum: 0.2 });
    expect(duration).toMatchObject({ sum: 0.2 });
    expect(duration?.bounds[0]).toBe(0.005);
    expect(duration?.counts[duration.bounds.indexOf(0.25)]).toBe(1);
    const [family] = app.module.get(ResilienceMetrics).collect();
    expect(family.retryDelays).toMatchObject([{ source: 'backoff', sum: 0.2 }]);
    expect(family.durations).toMatchObject([{ outcome: 'failure' }]);
  });

  it('count at most eight types of errors', async () => {
    const app = await startApplication({ policies: { p: { timeout: '1s' } } });
    for (let one = 0; one < 12; one++) {
      const failing = () => Promise.reject(Object.assign(new Error('down'), { code: `E${one}` }));
      await app.service.execute('p', failing).catch(() => undefined);
    }
    const { errors } = figuresOf(app, 'p');
    expect(Object.keys(errors)).toHaveLength(9);
    expect(errors).toMatchObject({ E0: 1, E7: 1, _OTHER: 4 });
  });

  it('are those of all others beyond the most names', async () => {
    const app = await startApplication({ policies: { p: { timeout: '1s' } }, telemetry: { maxNames: 2 } });
    for (const name of ['a', 'b', 'c', 'd', 'a']) await app.service.execute('p', fine, { name });
    const families = app.module.get(ResilienceMetrics).families();
    expect(families.map(({ name, calls }) => [name, calls.success])).toEqual([
      ['a', 2],
      ['b', 1],
      ['_OTHER', 2],
    ]);
  });

  it('do not fall back with a key that is evicted, a policy that is updated, a circuit that is reset', async () => {
    const circuitBreaker = { failureThreshold: 1, maxKeys: 1 };
    const app = await startApplication({ policies: { p: { circuitBreaker } } });
    for (const key of ['one', 'two']) {
      await app.service.execute('p', down, { key }).catch(() => undefined);
      await app.service.execute('p', fine, { key }).catch(() => undefined);
    }
    const before = figuresOf(app, 'p');
    expect(before).toMatchObject({
      calls: { failure: 2, rejected: 2 },
      rejections: { circuit: 2 },
      circuits: { closed: 0, open: 1 },
      transitions: [{ to: 'open', cause: 'consecutive', count: 2 }],
    });
    app.service.update('p', { circuitBreaker, retry: { maxRetries: 1 } });
    app.circuits.reset();
    expect(figuresOf(app, 'p')).toMatchObject({
      calls: before.calls,
      attempts: before.attempts,
      rejections: before.rejections,
      circuits: { closed: 1, open: 0 },
      transitions: [...before.transitions, { to: 'closed', cause: 'manual', count: 1 }],
    });
  });

  it('change nothing by being read: a circuit that is idle for long is dropped by a call, not by a scrape', async () => {
    const app = await startApplication({ policies: { p: { circuitBreaker: { idleTtl: '1s' } } } });
    await app.service.execute('p', fine, { key: 'tenant-1' });
    await app.clock.advance(60_000);
    expect(figuresOf(app, 'p').circuits.closed).toBe(1);
    expect(figuresOf(app, 'p').circuits.closed).toBe(1);
    await app.service.execute('p', fine, { key: 'tenant-2' });
    expect(figuresOf(app, 'p').circuits.closed).toBe(1);
  });

  it('count suppressed retries by the reason, and nothing for an error that is never repeated', async () => {
    const retry = {
      maxRetries: 1,
      baseDelay: 0,
      abortOn: Down,
      budget: { minPerSecond: 0, ratio: 0.01 },
    };
    const app = await startApplication({ policies: { p: { retry } } });
    await app.service.execute('p', down).catch(() => undefined);
    await app.service.execute('p', () => Promise.reject(new Error('x'))).catch(() => undefined);
    await app.service
      .execute('p', () => Promise.reject(Object.assign(new Error('x'), { status: 404 })))
      .catch(() => undefined);
    const { suppressed, errors } = figuresOf(app, 'p');
    expect(sum(suppressed)).toBe(2);
    expect(suppressed).toMatchObject({ 'not-retryable': 1, budget: 1 });
    expect(errors).toEqual({ Down: 1, Error: 1, '404': 1 });
  });

  it('show a budget as it stands, also in its registry', async () => {
    const retry = { maxRetries: 1, baseDelay: 0, budget: { minPerSecond: 1, ratio: 0.5, window: '10s' } };
    const app = await startApplication({ policies: { p: { retry } } });
    await app.service.execute('p', down).catch(() => undefined);
    expect(figuresOf(app, 'p').budget).toEqual({ used: 1, limit: 10.5 });
    expect(app.module.get(RetryBudgetRegistry).get('p')?.snapshot()).toEqual({
      name: 'p',
      calls: 1,
      used: 1,
      limit: 10.5,
    });
  });
});

it('rate limits are shown by their registry', async () => {
  const app = await startApplication({ policies: { p: { rateLimit: { limit: 2, interval: '1s' } } } });
  await app.service.execute('p', fine);
  await app.service.execute('p', fine);
  await app.service.execute('p', fine).catch(() => undefined);
  expect(app.module.get(RateLimitRegistry).snapshot()).toEqual([
    { name: 'p', limit: 2, interval: 1000, available: 0, queued: 0, rejected: 1 },
  ]);
  expect(figuresOf(app, 'p').rejections).toEqual({ circuit: 0, bulkhead: 0, rateLimit: 1 });
  await app.clock.advance(500);
  expect(app.module.get(RateLimitRegistry).snapshot()).toMatchObject([{ available: 1 }]);
});

class Shop {
  runs = 0;

  @Retryable({ maxRetries: 1, baseDelay: 0 })
  typed(fails: boolean): Promise<string> {
    return fails ? Promise.reject(new Error('down')) : Promise.resolve('fine');
  }

  @Retryable({ maxRetries: 1, baseDelay: 0 })
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- metadata says Object, as where a compiler leaves no type
  untyped(fails: boolean): any {
    return fails ? Promise.reject(new Error('down')) : Promise.resolve('fine');
  }

  @Retryable({ maxRetries: 1, baseDelay: 0 })
  observable(fails: boolean): Observable<string> {
    return fails ? throwError(() => new Error('down')) : from(['a', 'b']);
  }

  @Retryable({ maxRetries: 1, baseDelay: 0 })
  async *iterable(fails: boolean): AsyncIterable<string> {
    yield await (fails ? Promise.reject(new Error('down')) : Promise.resolve('a'));
  }

  @Retryable({ maxRetries: 1, baseDelay: 0 })
  @Fallback(() => 'instead')
  saved(fails: boolean): Promise<string> {
    return fails ? Promise.reject(new Error('down')) : Promise.resolve('fine');
  }
}

const collect = async (items: AsyncIterable<string>) => {
  for await (const item of items) expect(item).toBe('a');
};

describe.each<[string, (shop: Shop, fails: boolean) => Promise<unknown>]>([
  ['typed', (shop, fails) => shop.typed(fails)],
  ['untyped', (shop, fails) => shop.untyped(fails) as Promise<unknown>],
  ['observable', (shop, fails) => lastValueFrom(shop.observable(fails))],
  ['iterable', (shop, fails) => collect(shop.iterable(fails))],
])('a method: %s', (name, call) => {
  it('counts the same calls and attempts as any other', async () => {
    const app = await startApplication({}, Shop);
    const shop = app.module.get(Shop);
    for (const fails of [false, true, false]) await call(shop, fails).catch(() => undefined);
    const figures = figuresOf(app, `Shop.${name}`);
    expect(figures).toMatchObject({
      calls: { success: 2, failure: 1 },
      retriedCalls: { success: 0, failure: 1 },
      attempts: { first: 3, retry: 1 },
      attemptOutcomes: { success: 2, failure: 2 },
      errors: { Error: 1 },
    });
    expectToAddUp(figures);
  });
});

it('a fallback around a method ends the call once, and the attempts within count', async () => {
  const app = await startApplication({}, Shop);
  const shop = app.module.get(Shop);
  expect([await shop.saved(true), await shop.saved(false)]).toEqual(['instead', 'fine']);
  const figures = figuresOf(app, 'Shop.saved');
  expect(figures).toMatchObject({
    calls: { success: 1, failure: 0, fallback: 1 },
    attempts: { first: 2, retry: 1 },
    attemptOutcomes: { success: 1, failure: 2 },
  });
  expectToAddUp(figures);
});

it('methods are listed before their first call, the default client with its first one', async () => {
  const app = await startApplication({}, Shop);
  const names = app.module
    .get(ResilienceMetrics)
    .families()
    .map(({ name }) => name);
  expect(names).toEqual(['Shop.typed', 'Shop.untyped', 'Shop.observable', 'Shop.iterable', 'Shop.saved']);
});

it('a class with one policy for all has one family', async () => {
  @Resilient('p')
  class Both {
    one(): Promise<string> {
      return fine();
    }
    two(): Promise<string> {
      return fine();
    }
  }
  const app = await startApplication({ policies: { p: { timeout: '1s' } } }, Both);
  await app.module.get(Both).one();
  await app.module.get(Both).two();
  expect(figuresOf(app, 'p').calls.success).toBe(2);
});

it('requests count for their client; its own upstream is shown, and any other is a key', async () => {
  let status = 200;
  const server = createServer((_, response) => response.writeHead(status).end('{}'));
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const [own, foreign] = [`http://127.0.0.1:${port}`, `http://localhost:${port}`];
  const options = {
    allowAbsoluteUrls: true,
    retry: { maxRetries: 1, baseDelay: 0 },
    circuitBreaker: { failureThreshold: 2 },
  };
  const { module, http } = await startHttp({ baseUrl: own, ...options });
  const metrics = module.get(ResilienceMetrics);
  expect(metrics.families()).toEqual([]);
  for (const base of [own, foreign]) {
    status = 200;
    await http.get(`${base}/fine`);
    status = 500;
    await http.get(`${base}/down`).catch(() => undefined);
    await http.get(`${base}/down`).catch(() => undefined);
  }
  const figures = metrics.family('http') as FamilyFigures;
  expect(figures).toMatchObject({
    calls: { success: 2, failure: 2, rejected: 2 },
    attempts: { first: 4, retry: 2 },
    rejections: { circuit: 2 },
    errors: { '500': 2 },
    circuits: { closed: 0, open: 2 },
  });
  expectToAddUp(figures);
  const [detail] = metrics.collect();
  const upstream = { address: '127.0.0.1', port };
  expect(detail.rejections).toEqual([
    { strategy: 'circuit', server: upstream, count: 1 },
    { strategy: 'circuit', count: 1 },
  ]);
  expect(detail.circuits.filter(({ count }) => count > 0)).toEqual([
    { state: 'open', server: upstream, count: 1 },
    { state: 'open', count: 1 },
  ]);
  expect(detail.circuits).toHaveLength(10);
  await stopHttp();
  server.close();
});

describe('the options of telemetry', () => {
  const exporter = (): ResilienceExporter => ({ start: () => undefined });

  it('false keeps no figures, and an exporter beside it is refused', async () => {
    const app = await startApplication({ policies: { p: { timeout: '1s' } }, telemetry: false });
    await app.service.execute('p', fine);
    const metrics = app.module.get(ResilienceMetrics);
    expect(metrics.families()).toEqual([]);
    expect(() => metrics.addExporter(exporter())).toThrow('telemetry');
    await expect(startApplication({ telemetry: false, exporters: [exporter()] } as never)).rejects.toThrow(
      'exporters',
    );
  });

  const same = exporter();
  it.each([
    [{ exporters: exporter() }, 'telemetry.exporters'],
    [{ exporters: [{}] }, 'telemetry.exporters'],
    [{ exporters: [null] }, 'telemetry.exporters'],
    [{ exporters: [same, same] }, 'telemetry.exporters'],
    [{ maxNames: 0 }, 'telemetry.maxNames'],
    [{ durations: 'yes' }, 'telemetry.durations'],
    [{ enabled: false }, 'telemetry.enabled'],
    [true, 'telemetry'],
  ])('%j is refused at the start', async (telemetry, path) => {
    await expect(startApplication({ telemetry: telemetry as never })).rejects.toThrow(path);
  });

  it.each([
    [undefined, false],
    [true, true],
    [false, false],
  ])('durations: %s', async (durations, isKept) => {
    const module = await Test.createTestingModule({
      imports: [ResilienceModule.forRoot({ telemetry: { durations } })],
    }).compile();
    await module.get(ResilienceService).execute({ timeout: '1s' }, fine);
    const [figures] = module.get(ResilienceMetrics).families();
    expect(figures.duration !== undefined).toBe(isKept);
    await module.close();
  });

  it('an exporter is started before the first call, reads the figures, and is stopped once the application has closed', async () => {
    const sources: TelemetrySource[] = [];
    const stopped: number[] = [];
    const reading: ResilienceExporter = {
      start(source) {
        sources.push(source);
        return () => void stopped.push(source.collect()[0].calls[0].count);
      },
    };
    const policies = { p: { timeout: '1s' } } as const;
    const apps = [
      await startApplication({ policies, telemetry: { exporters: [reading] } }),
      await startApplication({ policies, telemetry: { exporters: [reading] } }),
    ];
    expect(new Set(sources.map(({ app }) => app)).size).toBe(2);
    expect(apps[0].module.get(ResilienceMetrics).app).toBe(sources[0].app);
    await apps[0].service.execute('p', fine);
    expect(sources[0].collect()).toMatchObject([
      { name: 'p', calls: [{ outcome: 'success', retried: false, count: 1 }] },
    ]);
    expect(sources[1].collect()).toEqual([]);
    await apps[0].module.close();
    expect(stopped).toEqual([1]);
  });

  it('an exporter that cannot start ends the start of the application, and stops the others', async () => {
    const stop = jest.fn<() => void>();
    const failing = {
      start: () => {
        throw new Error('prom-client is missing');
      },
    };
    await expect(
      startApplication({ telemetry: { exporters: [{ start: () => stop }, failing] } }),
    ).rejects.toThrow('prom-client is missing');
    await Promise.resolve();
    expect(stop).toHaveBeenCalledTimes(1);
  });

  it('where everything runs bare nothing is counted, and exporters do not start', async () => {
    const start = jest.fn<() => void>();
    const module = await Test.createTestingModule({
      imports: [ResilienceTestingModule.forRoot({ telemetry: { exporters: [{ start }] } })],
    }).compile();
    await module.get(ResilienceService).execute({ timeout: '1s' }, fine);
    expect(module.get(ResilienceMetrics).families()).toEqual([]);
    expect(start).not.toHaveBeenCalled();
    await module.close();
  });
});
