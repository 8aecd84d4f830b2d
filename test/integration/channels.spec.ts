import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AsyncLocalStorage } from 'node:async_hooks';
import { channel, tracingChannel } from 'node:diagnostics_channel';
import { from, lastValueFrom, Observable } from 'rxjs';
import { CircuitBreaker, Fallback, ResilienceMetrics, Resilient, Retryable } from 'nestjs-breakwater';
import type { CallObserver, TelemetrySource } from 'nestjs-breakwater';
import { startApplication } from '../support/application.js';
import { startHttp, stopHttp } from '../support/http-application.js';

const store = new AsyncLocalStorage<string>();
const calls = tracingChannel('breakwater.call');
const attempts = tracingChannel('breakwater.attempt');

type Message = {
  name: string;
  attempt?: number;
  kind?: string;
  outcome?: string;
  error?: unknown;
  app: object;
};

const subscribed: (() => void)[] = [];
afterEach(() => subscribed.splice(0).forEach((stop) => stop()));

/** Writes down what the channels tell, and binds a store of its own to each attempt. */
function watch(): string[] {
  const told: string[] = [];
  const listen = (what: string, { start, end, asyncStart, asyncEnd, error }: typeof calls) => {
    const moments = { start, end, asyncStart, asyncEnd, error };
    for (const [moment, one] of Object.entries(moments)) {
      const hear = (message: unknown) => {
        const { kind = '', outcome = '' } = message as Message;
        told.push(
          [what, kind, moment, moment.startsWith('async') || moment === 'error' ? outcome : '']
            .filter(Boolean)
            .join(' '),
        );
      };
      one.subscribe(hear);
      subscribed.push(() => void one.unsubscribe(hear));
    }
  };
  listen('call', calls);
  listen('attempt', attempts);
  attempts.start.bindStore(
    store,
    (message) => `${(message as Message).name} ${(message as Message).attempt}`,
  );
  subscribed.push(() => void attempts.start.unbindStore(store));
  return told;
}

const seenIn: (string | undefined)[] = [];
beforeEach(() => void seenIn.splice(0));

/** Fails once, and notes the store of each attempt, also after a wait. */
async function flaky(state: { failures: number }): Promise<string> {
  seenIn.push(store.getStore());
  await Promise.resolve();
  seenIn.push(store.getStore());
  if (state.failures-- > 0) throw new Error('down');
  return 'fine';
}

class Shop {
  @Retryable({ maxRetries: 1, baseDelay: 0 })
  typed(state: { failures: number }): Promise<string> {
    return flaky(state);
  }

  @Retryable({ maxRetries: 1, baseDelay: 0 })
  observable(state: { failures: number }): Observable<string> {
    return new Observable((subscriber) => from(flaky(state)).subscribe(subscriber));
  }

  @Retryable({ maxRetries: 1, baseDelay: 0 })
  async *iterable(state: { failures: number }): AsyncIterable<string> {
    yield await flaky(state);
  }

  @Retryable({ maxRetries: 1, baseDelay: 0 })
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- metadata says Object, as where a compiler leaves no type
  untyped(state: { failures: number }): any {
    return flaky(state);
  }
}

const last = async (items: AsyncIterable<string>) => {
  let value = '';
  for await (value of items);
  return value;
};

const shop = async (call: (service: Shop) => Promise<unknown>) => {
  const app = await startApplication({}, Shop);
  return call(app.module.get(Shop));
};

describe.each<[string, string, () => Promise<unknown>]>([
  ['a method', 'Shop.typed', () => shop((one) => one.typed({ failures: 1 }))],
  ['an Observable', 'Shop.observable', () => shop((one) => lastValueFrom(one.observable({ failures: 1 })))],
  ['an iterable', 'Shop.iterable', () => shop((one) => last(one.iterable({ failures: 1 })))],
  [
    'a method of no type',
    'Shop.untyped',
    () => shop((one) => one.untyped({ failures: 1 }) as Promise<unknown>),
  ],
  [
    'execute',
    'p',
    async () => {
      const app = await startApplication({ policies: { p: { retry: { maxRetries: 1, baseDelay: 0 } } } });
      const state = { failures: 1 };
      return app.service.execute('p', () => flaky(state));
    },
  ],
  [
    'execute within timeouts',
    'p',
    async () => {
      const policies = {
        p: { timeout: { attempt: '1s', total: '5s' }, retry: { maxRetries: 1, baseDelay: 0 } },
      } as const;
      const app = await startApplication({ policies, deadlines: true });
      const state = { failures: 1 };
      return app.service.execute('p', () => flaky(state));
    },
  ],
  [
    'a request',
    'http',
    async () => {
      const state = { failures: 1 };
      const transport = {
        send: async () => (await flaky(state), { status: 204, headers: {}, body: Buffer.alloc(0) }),
      };
      const { http } = await startHttp({
        baseUrl: 'http://a.test',
        retry: { maxRetries: 1, baseDelay: 0, retryOn: () => true },
        transport: transport,
      });
      await http.get('/');
      await stopHttp();
      return 'fine';
    },
  ],
])('%s', (_, name, call) => {
  it('publishes its call and attempts, each of which runs in the store of a subscriber', async () => {
    const told = watch();
    expect(await call()).toBe('fine');
    expect(seenIn).toEqual([`${name} 1`, `${name} 1`, `${name} 2`, `${name} 2`]);
    expect(told.filter((one) => !one.endsWith(' end'))).toEqual([
      'call start',
      'attempt first start',
      'attempt first error failure',
      'attempt first asyncStart failure',
      'attempt first asyncEnd failure',
      'attempt retry start',
      'attempt retry asyncStart success',
      'attempt retry asyncEnd success',
      'call asyncStart success',
      'call asyncEnd success',
    ]);
    expect(told.filter((one) => one.endsWith(' end'))).toHaveLength(3);
  });

  it('publishes nothing once nobody listens', async () => {
    const told = watch();
    subscribed.splice(0).forEach((stop) => stop());
    await call();
    expect(told).toEqual([]);
    expect(seenIn).toEqual([undefined, undefined, undefined, undefined]);
  });
});

it('a rejected call has no attempt, a fallback ends its call with its outcome', async () => {
  class Guarded {
    @CircuitBreaker()
    bare(): Promise<string> {
      return Promise.resolve('fine');
    }
    @CircuitBreaker()
    @Fallback(() => 'instead')
    saved(): Promise<string> {
      return Promise.resolve('fine');
    }
  }
  const app = await startApplication({}, Guarded);
  for (const circuit of app.circuits) circuit.forceOpen();
  const told = watch();
  await app.module
    .get(Guarded)
    .bare()
    .catch(() => undefined);
  await app.module.get(Guarded).saved();
  expect(told).toEqual([
    'call start',
    'call end',
    'call error rejected',
    'call asyncStart rejected',
    'call asyncEnd rejected',
    'call start',
    'call end',
    'call asyncStart fallback',
    'call asyncEnd fallback',
  ]);
});

it('a method of no type that turns out to be synchronous ends what it has begun', async () => {
  @Resilient({ timeout: '1s' })
  class Plain {
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
    value(): any {
      return 7;
    }
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
    broken(): any {
      throw new Error('down');
    }
  }
  const app = await startApplication({}, Plain);
  const told = watch();
  const plain = app.module.get(Plain);
  expect(plain.value()).toBe(7);
  expect(() => plain.broken() as unknown).toThrow('down');
  expect(told.filter((one) => one.includes('asyncEnd'))).toEqual([
    'attempt first asyncEnd success',
    'call asyncEnd success',
    'attempt first asyncEnd failure',
    'call asyncEnd failure',
  ]);
  expect(app.module.get(ResilienceMetrics).family('Plain.value')).toMatchObject({
    inFlight: 0,
    calls: { success: 0 },
  });
});

it('the stores of interleaved hedges stay apart', async () => {
  const app = await startApplication({ policies: { p: { hedge: { delay: '10ms', maxHedges: 1 } } } });
  watch();
  const run = () =>
    app.service.execute('p', async ({ attempt }) => {
      seenIn.push(`${attempt}: ${store.getStore()}`);
      if (attempt === 1) await new Promise(() => undefined);
    });
  const all = Promise.all([run(), run()]);
  await app.clock.advance(10);
  await all;
  expect(seenIn).toEqual(['1: p 1', '1: p 1', '2: p 2', '2: p 2']);
});

it('messages tell applications apart, and the transitions of circuits', async () => {
  const policies = { p: { circuitBreaker: { failureThreshold: 1 } } };
  const apps = [await startApplication({ policies }), await startApplication({ policies })];
  const seen: Record<string, unknown>[] = [];
  const hear = (message: unknown) => void seen.push(message as Record<string, unknown>);
  const transitions = channel('breakwater.circuit.transition');
  calls.asyncEnd.subscribe(hear);
  transitions.subscribe(hear);
  subscribed.push(
    () => void calls.asyncEnd.unsubscribe(hear),
    () => void transitions.unsubscribe(hear),
  );
  const error = new Error('down');
  for (const { service } of apps)
    await service.execute('p', () => Promise.reject(error), { key: 'k' }).catch(() => undefined);
  const [one, other] = apps.map(({ module }) => module.get(ResilienceMetrics).app);
  expect(one).not.toBe(other);
  expect(seen.map(({ app }) => app === one)).toEqual([true, true, false, false]);
  expect(seen[0]).toMatchObject({
    name: 'p',
    policy: 'p',
    key: 'k',
    from: 'closed',
    to: 'open',
    cause: 'consecutive',
  });
  expect(seen[1]).toMatchObject({ name: 'p', policy: 'p', key: 'k', attempt: 1, outcome: 'failure', error });
});

describe('an observer', () => {
  const observed = async (observer: CallObserver) => {
    let source!: TelemetrySource;
    const exporter = { start: (given: TelemetrySource) => void (source = given) };
    const app = await startApplication({
      policies: { p: { timeout: '1s' } },
      telemetry: { exporters: [exporter] },
    });
    return { app, stop: source.observe(observer) };
  };

  it('runs calls and attempts until it is taken away', async () => {
    const seen: string[] = [];
    const { app, stop } = await observed({
      runCall: (_, run) => (seen.push('call'), run()),
      runAttempt: (attempt, run) => (seen.push(attempt.kind), store.run('span', run)),
      attemptEnded: ({ outcome }) => void seen.push(`attempt ${outcome}`),
      callEnded: ({ outcome }) => void seen.push(`call ${outcome}`),
    });
    const inside = () => Promise.resolve(store.getStore());
    expect(await app.service.execute('p', inside)).toBe('span');
    expect(seen).toEqual(['call', 'first', 'attempt success', 'call success']);
    stop();
    expect(await app.service.execute('p', inside)).toBeUndefined();
    expect(seen).toHaveLength(4);
  });

  const fail = () => {
    throw new Error('of the observer');
  };
  it.each<[string, CallObserver]>([
    [
      'throws before it runs anything',
      { runCall: fail, runAttempt: fail, callEnded: fail, attemptEnded: fail },
    ],
    ['throws after it', { runCall: (_, run) => (run(), fail()), runAttempt: (_, run) => (run(), fail()) }],
    ['runs twice', { runCall: (_, run) => (run(), run()), runAttempt: (_, run) => (run(), run()) }],
    [
      'answers something else',
      { runCall: () => undefined as never, runAttempt: (_, run) => void run() as never },
    ],
  ])('that %s does not touch the call', async (_, observer) => {
    const { app } = await observed(observer);
    let runs = 0;
    expect(await app.service.execute('p', () => Promise.resolve(++runs))).toBe(1);
    await expect(app.service.execute('p', () => Promise.reject(new Error('down')))).rejects.toThrow('down');
    expect(runs).toBe(1);
  });
});
