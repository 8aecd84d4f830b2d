import { afterEach, describe, expect, it } from '@jest/globals';
import {
  concat,
  defer,
  firstValueFrom,
  isObservable,
  lastValueFrom,
  NEVER,
  Observable,
  of,
  throwError,
} from 'rxjs';
import {
  Bulkhead,
  BulkheadRegistry,
  CircuitBreaker,
  Fallback,
  Hedge,
  RateLimit,
  Resilient,
  Retryable,
  Timeout,
} from 'nestjs-breakwater';
import type { PolicyOptions } from 'nestjs-breakwater';
import { startApplication } from '../support/application.js';
import type { TestApplication } from '../support/application.js';

type Decorate = ReturnType<typeof Retryable>;
type Method = (...args: never[]) => unknown;

let app: TestApplication;
afterEach(() => app.module.close());

/** A service with one decorated method whose type no compiler has written down. */
interface Service {
  run: (...args: unknown[]) => unknown;
  hold: () => Promise<unknown>;
}

/** Starts an application with a method that is decorated and has no known type. */
async function start(method: Method, decorators: readonly Decorate[]): Promise<Service> {
  class Work {
    run(...args: unknown[]): Promise<unknown> {
      return method.apply(this, args as never) as Promise<unknown>;
    }

    /** Holds what the guards give until the application closes; it shares their state by name. */
    async hold(): Promise<unknown> {
      return new Promise(() => undefined);
    }
  }
  for (const name of ['run', 'hold'] as const) {
    const descriptor = Object.getOwnPropertyDescriptor(Work.prototype, name) as PropertyDescriptor;
    for (const decorate of decorators) decorate(Work.prototype, name, descriptor as never);
    Object.defineProperty(Work.prototype, name, descriptor);
  }
  app = await startApplication({}, Work);
  return app.module.get(Work);
}

/** Counts the runs of a body. */
function counted<T>(body: (run: number) => T): (() => T) & { runs: number } {
  const run = Object.assign(() => body(++run.runs), { runs: 0 });
  return run;
}

/** What a caller who awaits a call gets; a call that throws instead of rejecting is told apart. */
async function outcomeOf(call: () => unknown): Promise<unknown> {
  let returned: unknown;
  try {
    returned = call();
  } catch (error) {
    return { thrown: error };
  }
  try {
    return await (isObservable(returned) ? lastValueFrom(returned) : returned);
  } catch (error) {
    return error;
  }
}

/** A query as knex, drizzle and mongoose build it: each `then` executes the statement. */
function lazyQuery(execute: () => Promise<string>): PromiseLike<string> {
  return { then: (onValue, onError) => execute().then(onValue, onError) };
}

/** A page as SDKs return it: a promise of the first page, and an iterable of all of them. */
class Page extends Promise<{ data: number[] }> {
  static override get [Symbol.species]() {
    return Promise;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<number> {
    yield* (await this).data;
  }
}

/** What a body can do, by the form of what it returns. */
const bodies: Record<string, () => unknown> = {
  'returns a promise': () => Promise.resolve('fine'),
  'throws before it returns a promise': () => {
    throw new Error('the driver is not connected');
  },
  'returns a lazy query': () => lazyQuery(() => Promise.resolve('fine')),
  'returns an Observable': () => of('fine'),
  'returns an async iterable': async function* () {
    yield 'fine';
  },
  'returns a promise that can be iterated': () => new Page((resolve) => resolve({ data: [1] })),
};
const forms = Object.entries(bodies).map(([form, body]) => ({ form, body }));

interface Guard {
  readonly guard: string;
  readonly decorate: Decorate;
  /** The same with room for more than one call. */
  readonly roomy: Decorate;
  /** Makes the guard refuse the next call. */
  readonly close: (service: Service) => unknown;
  readonly code: string;
}

const guards: Guard[] = [
  {
    guard: 'a circuit that is forced open',
    decorate: CircuitBreaker({ name: 'shared', failureRate: 0.5 }),
    roomy: CircuitBreaker({ name: 'shared' }),
    close: () => app.circuits.get('shared')?.forceOpen(),
    code: 'RESILIENCE_CIRCUIT_OPEN',
  },
  {
    guard: 'a rate limit that is used up',
    decorate: RateLimit({ name: 'shared', limit: 1, interval: '1m' }),
    roomy: RateLimit({ name: 'shared', limit: 9, interval: '1m' }),
    close: (service) => void service.hold().catch(() => undefined),
    code: 'RESILIENCE_RATE_LIMITED',
  },
  {
    guard: 'a bulkhead that is full',
    decorate: Bulkhead({ name: 'shared', maxConcurrent: 1 }),
    roomy: Bulkhead({ name: 'shared', maxConcurrent: 9 }),
    close: (service) => void service.hold().catch(() => undefined),
    code: 'RESILIENCE_BULKHEAD_FULL',
  },
];

const guardsAndForms = guards.flatMap((guard) => forms.map((form) => ({ ...guard, ...form })));

describe('the guards of a method of unknown type are asked before its body', () => {
  it.each(guardsAndForms)(
    '$guard refuses the first call of a method that $form: with a rejected promise, and without a run',
    async ({ decorate, close, code, body }) => {
      const run = counted(body);
      const service = await start(run, [decorate]);
      close(service);
      const refused = service.run();
      expect(refused).toBeInstanceOf(Promise);
      await expect(refused).rejects.toMatchObject({ code });
      expect(run.runs).toBe(0);
    },
  );

  it.each(guardsAndForms)(
    '$guard refuses a retry of a method that $form',
    async ({ decorate, close, code, body }) => {
      const run: ReturnType<typeof counted> = counted((attempt) => {
        if (attempt > 1) return body();
        close(service);
        throw new Error('not now');
      });
      const isFull = code === 'RESILIENCE_BULKHEAD_FULL';
      // the place of an attempt is free by the time its retry asks: another call takes it meanwhile
      const taker = { onRetry: () => isFull && close(service) };
      const service = await start(run, [Retryable({ baseDelay: 0, ...taker }), decorate]);
      expect(await outcomeOf(() => service.run())).toMatchObject({ code });
      expect(run.runs).toBe(1);
    },
  );

  it('a method that throws before it returns its promise opens its circuit, and then does not run', async () => {
    const run = counted(bodies['throws before it returns a promise']);
    const service = await start(run, [CircuitBreaker({ failureThreshold: 2, recoveryTimeout: '1m' })]);
    const outcomes: unknown[] = [];
    for (let call = 0; call < 6; call++) outcomes.push(await outcomeOf(() => service.run()));
    expect(run.runs).toBe(2);
    const refused = expect.objectContaining({ code: 'RESILIENCE_CIRCUIT_OPEN' });
    expect(outcomes.slice(2)).toEqual(Array(4).fill(refused));
  });

  it('a method that throws uses up its rate limit, and then does not run', async () => {
    const run = counted(bodies['throws before it returns a promise']);
    const service = await start(run, [RateLimit({ limit: 2, interval: '1m' })]);
    for (let call = 0; call < 6; call++) await outcomeOf(() => service.run());
    expect(run.runs).toBe(2);
  });

  it('a method that throws gives its place in a bulkhead back', async () => {
    const run = counted(bodies['throws before it returns a promise']);
    const service = await start(run, [Bulkhead({ name: 'shared', maxConcurrent: 1 })]);
    for (let call = 0; call < 6; call++) await outcomeOf(() => service.run());
    expect(run.runs).toBe(6);
    expect(app.module.get(BulkheadRegistry).get('shared')?.running).toBe(0);
  });

  it.each(forms.filter(({ form }) => !form.startsWith('throws')))(
    'a first call that waits for a place runs its body once it has one: a method that $form',
    async ({ body }) => {
      const run = counted(body);
      const guard = Bulkhead({ name: 'shared', maxConcurrent: 1, maxQueue: 1 });
      const service = await start(run, [guard, Timeout(100)]);
      service.hold().catch(() => undefined);
      const waiting = outcomeOf(() => service.run());
      await app.clock.advance(50);
      expect(run.runs).toBe(0);
      await app.clock.advance(100);
      await waiting;
      expect(run.runs).toBe(1);
    },
  );

  it('a first call that has waited gives a promise, of the last value if the body returns an Observable', async () => {
    const run = counted(() => of(1, 2, 3));
    const guard = Bulkhead({ name: 'shared', maxConcurrent: 1, maxQueue: 1 });
    const service = await start(run, [guard, Timeout(100)]);
    service.hold().catch(() => undefined);
    const waiting = service.run();
    expect(waiting).toBeInstanceOf(Promise);
    await app.clock.advance(100);
    expect(await waiting).toBe(3);
    expect(run.runs).toBe(1);
    // now the form is known
    expect(await lastValueFrom(service.run() as Observable<number>)).toBe(3);
  });

  /** Streams that yield for ever, and report when their consumer leaves. */
  const endless: [form: string, body: (onLeave: () => void) => unknown][] = [
    ['an Observable', (onLeave) => new Observable(() => onLeave)],
    [
      'an async iterable',
      (onLeave) => ({
        [Symbol.asyncIterator]: () => ({
          next: () => new Promise(() => undefined),
          return: () => Promise.resolve(onLeave()),
        }),
      }),
    ],
  ];

  it.each(endless)(
    'the promise of a first call that has waited leaves %s when its time is up',
    async (_form, body) => {
      let hasLeft = false;
      const guard = Bulkhead({ name: 'shared', maxConcurrent: 1, maxQueue: 1 });
      const service = await start(() => body(() => (hasLeft = true)), [guard, Timeout(100)]);
      service.hold().catch(() => undefined);
      const waiting = outcomeOf(() => service.run());
      await app.clock.advance(199);
      expect(hasLeft).toBe(false);
      await app.clock.advance(1);
      expect(await waiting).toMatchObject({ code: 'RESILIENCE_TIMEOUT' });
      expect(hasLeft).toBe(true);
    },
  );
});

/** Each strategy alone, and all of them. */
const strategies: Record<string, Decorate[]> = {
  '@Retryable': [Retryable({ baseDelay: 0 })],
  '@CircuitBreaker': [CircuitBreaker()],
  '@Timeout': [Timeout('1s')],
  '@RateLimit': [RateLimit({ limit: 9, interval: '1s' })],
  '@Bulkhead': [Bulkhead({ maxConcurrent: 1 })],
  '@Hedge': [Hedge({ delay: '1s' })],
  '@Fallback': [Fallback(() => 'instead') as Decorate],
  '@Retryable and @CircuitBreaker': [Retryable({ baseDelay: 0 }), CircuitBreaker()],
};
strategies['every decorator'] = Object.values(strategies).slice(0, 7).flat();
const each = Object.entries(strategies).map(([decorators, list]) => ({ decorators, list }));
const retrying = each.filter(({ decorators }) => /Retryable|every/.test(decorators));

describe('the body of a method of unknown type runs once per attempt, and its result is resolved once', () => {
  it.each(each)(
    'a lazy query is executed once by a call, the first one included: $decorators',
    async ({ list }) => {
      const execute = counted(async (count) => `row ${count}`);
      const run = counted(() => lazyQuery(execute));
      const service = await start(run, list);
      for (const call of [1, 2, 3]) {
        expect(await service.run()).toBe(`row ${call}`);
        expect([run.runs, execute.runs]).toEqual([call, call]);
      }
    },
  );

  it.each(retrying)(
    'a lazy query that fails is executed once more by a retry: $decorators',
    async ({ list }) => {
      const execute = counted(async (count) => {
        if (count === 1) throw new Error('the connection is lost');
        return 'row';
      });
      const run = counted(() => lazyQuery(execute));
      const service = await start(run, list);
      expect(await service.run()).toBe('row');
      expect([run.runs, execute.runs]).toEqual([2, 2]);
    },
  );

  it('a lazy query whose call is refused by its circuit is never executed', async () => {
    const execute = counted(async () => 'row');
    const service = await start(() => lazyQuery(execute), [CircuitBreaker({ name: 'shared' })]);
    app.circuits.get('shared')?.forceOpen();
    for (let call = 0; call < 2; call++) await outcomeOf(() => service.run());
    expect(execute.runs).toBe(0);
  });

  it.each(each)('a promise that can also be iterated is a promise: $decorators', async ({ list }) => {
    const run = counted(() => new Page((resolve) => resolve({ data: [1, 2, 3] })));
    const service = await start(run, list);
    for (let call = 0; call < 2; call++) expect(await service.run()).toEqual({ data: [1, 2, 3] });
    expect(run.runs).toBe(2);
  });

  const then = (onValue: (value: string) => unknown) => Promise.resolve('fine').then(onValue);
  const itself = () => undefined;
  it.each<[string, object]>([
    ['can be iterated', { then, [Symbol.asyncIterator]: itself }],
    ['can be subscribed to', { then, subscribe: itself, lift: itself, pipe: itself }],
    ['can be called', Object.assign(() => undefined, { then })],
    ['has no prototype', Object.assign(Object.create(null) as object, { then })],
    ['is a proxy', new Proxy({}, { get: (_target, key) => (key === 'then' ? then : undefined) })],
  ])('a thenable is a promise, whatever else it is: one that %s', async (_what, thenable) => {
    const service = await start(() => thenable, [Retryable()]);
    for (let call = 0; call < 2; call++) expect(await service.run()).toBe('fine');
  });

  it('a failure of a promise that can be iterated is retried', async () => {
    const run = counted(
      (count) =>
        new Page((resolve, reject) => (count < 3 ? reject(new Error('down')) : resolve({ data: [] }))),
    );
    const service = await start(run, [Retryable({ baseDelay: 0 }), CircuitBreaker()]);
    expect(await service.run()).toEqual({ data: [] });
    expect(run.runs).toBe(3);
  });

  it('a method that throws at first and returns a promise later is retried', async () => {
    const run = counted((count) => {
      if (count < 3) throw new Error('the driver is not connected');
      return Promise.resolve('fine');
    });
    const service = await start(run, [Retryable({ baseDelay: 0 })]);
    expect(await service.run()).toBe('fine');
    expect(run.runs).toBe(3);
  });
});

interface ObservableGuard extends Guard {
  /** True if the guard remembers nothing of the call that has returned the Observable. */
  readonly isUntouched: () => boolean;
}

const untouched: Record<string, () => boolean> = {
  RESILIENCE_CIRCUIT_OPEN: () => {
    const { state, metrics } = app.circuits.get('shared') ?? {};
    return state === 'closed' && metrics?.calls === 0;
  },
  // a limit of one is shown to be whole by the subscription that follows
  RESILIENCE_RATE_LIMITED: () => true,
  RESILIENCE_BULKHEAD_FULL: () => app.module.get(BulkheadRegistry).get('shared')?.running === 0,
};
const observableGuards: ObservableGuard[] = guards.map((guard) => ({
  ...guard,
  guard: guard.guard.replace(/ that is.*/, ''),
  isUntouched: untouched[guard.code],
}));

describe.each(observableGuards)('an Observable of a method of unknown type, behind $guard', (guard) => {
  const { decorate, roomy, close, code, isUntouched } = guard;

  it('is given by the first call, whose permit is handed back uncounted', async () => {
    const run = counted(() => of('fine'));
    const service = await start(run, [decorate]);
    const stream = service.run();
    expect(isObservable(stream)).toBe(true);
    expect(run.runs).toBe(1);
    expect(isUntouched()).toBe(true);
    expect(await lastValueFrom(stream as Observable<string>)).toBe('fine');
  });

  it('is used by the first subscription; the next one runs the body again', async () => {
    const subscriptions = counted(() => of('fine'));
    const run = counted(() => defer(subscriptions));
    const service = await start(run, [roomy]);
    const stream = service.run() as Observable<string>;
    expect([run.runs, subscriptions.runs]).toEqual([1, 0]);
    await lastValueFrom(stream);
    expect([run.runs, subscriptions.runs]).toEqual([1, 1]);
    await lastValueFrom(stream);
    expect([run.runs, subscriptions.runs]).toEqual([2, 2]);
  });

  it('asks the guard with its subscription, which is refused without a run', async () => {
    const subscriptions = counted(() => of('fine'));
    const run = counted(() => defer(subscriptions));
    const service = await start(run, [decorate]);
    const stream = service.run() as Observable<string>;
    close(service);
    await expect(firstValueFrom(stream)).rejects.toMatchObject({ code });
    expect([run.runs, subscriptions.runs]).toEqual([1, 0]);
  });

  it('asks the guard with each subscription anew', async () => {
    const run = counted(() => concat(of('fine'), NEVER));
    const service = await start(run, [decorate]);
    const stream = service.run() as Observable<string>;
    const first = stream.subscribe();
    if (code === 'RESILIENCE_CIRCUIT_OPEN') close(service);
    await expect(firstValueFrom(stream)).rejects.toMatchObject({ code });
    expect(run.runs).toBe(1);
    first.unsubscribe();
  });

  it('does not run with a later call, but with its subscription', async () => {
    const run = counted(() => of('fine'));
    const service = await start(run, [decorate]);
    service.run();
    const later = service.run() as Observable<string>;
    expect(isObservable(later)).toBe(true);
    expect(run.runs).toBe(1);
    expect(await lastValueFrom(later)).toBe('fine');
    expect(run.runs).toBe(2);
  });
});

describe('an Observable of a method of unknown type', () => {
  it('that fails is retried by runs of the body, after the Observable that was returned first', async () => {
    const run = counted((count) => (count < 3 ? throwError(() => new Error('down')) : of('fine')));
    const service = await start(run, [Retryable({ baseDelay: 0 })]);
    const stream = service.run() as Observable<string>;
    expect(run.runs).toBe(1);
    expect(await lastValueFrom(stream)).toBe('fine');
    expect(run.runs).toBe(3);
  });

  it('hands the trial of a half-open circuit back, and its subscription makes it', async () => {
    const run = counted(() => of('fine'));
    const circuit = CircuitBreaker({ name: 'shared', failureThreshold: 1, recoveryTimeout: '1s' });
    const service = await start(run, [circuit, Timeout({ total: 10 })]);
    const failing = service.hold().catch(() => undefined);
    await app.clock.advance(10);
    await failing;
    expect(app.circuits.get('shared')?.state).toBe('open');
    await app.clock.advance(1000);
    const stream = service.run() as Observable<string>;
    expect(run.runs).toBe(1);
    expect(await lastValueFrom(stream)).toBe('fine');
    expect(app.circuits.get('shared')?.state).toBe('closed');
  });

  it('counts a subscription once in its circuit', async () => {
    const service = await start(() => of('fine'), [CircuitBreaker({ name: 'shared', failureRate: 0.5 })]);
    await lastValueFrom(service.run() as Observable<string>);
    expect(app.circuits.get('shared')?.metrics.calls).toBe(1);
  });
});

describe('a method of a class with @Resilient that returns a promise at times', () => {
  /** A cache in front of an upstream that fails. */
  async function startCache(policy: PolicyOptions) {
    const load = counted(() => Promise.reject(new Error('down')));
    @Resilient('p')
    class Cache {
      readonly load = load;
      private readonly kept = new Map([['warm', 'from the cache']]);

      find(id: string): unknown {
        return this.kept.get(id) ?? load();
      }
    }
    Reflect.deleteMetadata('design:returntype', Cache.prototype, 'find');
    app = await startApplication({ policies: { p: policy } }, Cache);
    return app.module.get(Cache);
  }

  const retried = { retry: { maxRetries: 2, baseDelay: 0 } } as const;

  it.each([
    ['a promise comes first', []],
    ['a plain value comes first', ['warm']],
    ['plain values come first', ['warm', 'warm', 'warm']],
  ])('is retried when it does: %s', async (_what, before) => {
    const cache = await startCache(retried);
    for (const id of before) expect(await cache.find(id)).toBe('from the cache');
    for (const call of [1, 2]) {
      await expect(cache.find('cold')).rejects.toThrow('down');
      expect(cache.load.runs).toBe(3 * call);
      expect(await cache.find('warm')).toBe('from the cache');
    }
  });

  it('opens its circuit with promises that fail, although plain values came first', async () => {
    const cache = await startCache({ circuitBreaker: { failureThreshold: 2 } });
    expect(await cache.find('warm')).toBe('from the cache');
    for (let call = 0; call < 4; call++) await outcomeOf(() => cache.find('cold'));
    expect(cache.load.runs).toBe(2);
  });

  it('gives its place in a bulkhead back with each plain value', async () => {
    const cache = await startCache({ bulkhead: { maxConcurrent: 1 } });
    for (let call = 0; call < 3; call++) expect(await cache.find('warm')).toBe('from the cache');
    await expect(cache.find('cold')).rejects.toThrow('down');
    expect(app.module.get(BulkheadRegistry).get('p')?.running ?? 0).toBe(0);
  });

  it('does not run behind a circuit that is forced open, not even in its first call', async () => {
    const cache = await startCache({ circuitBreaker: {} });
    app.circuits.get('p')?.forceOpen();
    for (let call = 0; call < 2; call++)
      expect(await outcomeOf(() => cache.find('cold'))).toMatchObject({ code: 'RESILIENCE_CIRCUIT_OPEN' });
    expect(cache.load.runs).toBe(0);
  });
});
