import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AsyncLocalStorage } from 'node:async_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Test } from '@nestjs/testing';
import type { TestingModule } from '@nestjs/testing';
import { lastValueFrom, of } from 'rxjs';
import type { Observable } from 'rxjs';
import { ResilienceModule, ResilienceService, Resilient, ResilientHttpService } from 'nestjs-breakwater';
import type { PolicyOptions } from 'nestjs-breakwater';
import { answer, FaultServer } from '../support/fault-server/fault-server.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Rounds of the garbage collector after which something that is still there counts as held. */
const ROUNDS = 10;

const turn = () => new Promise((resolve) => void setImmediate(resolve));

/** True once an object has been collected. */
async function isReleased(reference: WeakRef<object>): Promise<boolean> {
  for (let round = 0; round < ROUNDS; round++) {
    await turn();
    collectGarbage();
    if (reference.deref() === undefined) return true;
  }
  return false;
}

const requests = new AsyncLocalStorage<object>();

/** Runs a call with a store of its own; resolves with a reference to the store once the call has ended. */
async function storeOf(call: () => Promise<unknown>): Promise<WeakRef<object>> {
  const store = { user: 'alice', body: new Uint8Array(1_000_000) };
  await requests.run(store, async () => {
    await call();
  });
  return new WeakRef(store);
}

/** The shared timers that a call begins go on for an hour, unless a test needs one to ring. */
const long = { timeout: '1h' } as const;
const quick = { retry: { baseDelay: 1, jitter: 'none' } } as const;

const policies: Record<string, PolicyOptions> = {
  timed: long,
  'timed in total': { timeout: { attempt: '1h', total: '2h' } },
  'timed and retried': { ...long, ...quick },
  'timed out and retried': { ...quick, timeout: 5 },
  retried: quick,
  'retried at once': { retry: { baseDelay: 0 } },
  'with a hedge ahead': { hedge: { delay: '1h' } },
  hedged: { hedge: { delay: 1 } },
  'hedged by what calls take': { hedge: { delay: 'p95' } },
  'within a bulkhead': { bulkhead: { maxConcurrent: 1, maxQueue: 5, maxWait: '1h' } },
  'within an adaptive bulkhead': { bulkhead: { adaptive: true, maxQueue: 5, maxWait: '1h' } },
  'within a rate limit': { rateLimit: { limit: 1, interval: 5, maxWait: '1h' } },
  'behind a circuit': { circuitBreaker: { failureRate: 0.5, slowCallRate: 0.5, slowCallDuration: '1h' } },
  'behind a circuit per key': { circuitBreaker: { idleTtl: '1h' } },
  'with everything': {
    ...long,
    ...quick,
    circuitBreaker: { failureRate: 0.5 },
    rateLimit: { limit: 1, interval: 5, maxWait: '1h' },
    bulkhead: { maxConcurrent: 1, maxQueue: 5, maxWait: '1h' },
  },
};

/** Those whose first attempt does not succeed at once. */
const endings: Record<string, 'fails' | 'hangs'> = {
  'timed and retried': 'fails',
  'timed out and retried': 'hangs',
  retried: 'fails',
  'retried at once': 'fails',
  hedged: 'hangs',
  'with everything': 'fails',
};

@Resilient('timed')
class Methods {
  async promise(): Promise<string> {
    return 'fine';
  }

  observable(): Observable<string> {
    return of('fine');
  }

  async *generator(): AsyncGenerator<string> {
    yield 'fine';
  }

  async toTheEnd(): Promise<string[]> {
    const values: string[] = [];
    for await (const value of this.generator()) values.push(value);
    return values;
  }
}

let module: TestingModule;
let upstream: FaultServer;

beforeAll(async () => void (upstream = await FaultServer.start()));
afterAll(async () => {
  await upstream.stop();
  requests.disable();
});

beforeEach(async () => {
  const resilience = ResilienceModule.forRoot({ policies, http: { retry: quick.retry } });
  module = await Test.createTestingModule({ imports: [resilience], providers: [Methods] }).compile();
  module.useLogger(false);
  await module.init();
});
afterEach(() => module.close());

/** Runs the body of an attempt as its policy needs it. */
async function body(policy: string, attempt: number): Promise<string> {
  const ending = attempt === 1 ? endings[policy] : undefined;
  if (ending === 'fails') throw new Error('down');
  if (ending === 'hangs') await new Promise(() => undefined);
  await turn();
  return 'fine';
}

function execute(policy: string): Promise<string> {
  const options = policy === 'behind a circuit per key' ? { key: 'alice' } : {};
  return module.get(ResilienceService).execute(policy, ({ attempt }) => body(policy, attempt), options);
}

/** A call that ends only because its caller leaves. */
async function hang(policy: string, signal: AbortSignal): Promise<void> {
  const never = () => new Promise(() => undefined);
  await module
    .get(ResilienceService)
    .execute(policy, never, { signal })
    .catch(() => undefined);
}

describe('while the application lives, nothing holds the context of a call that has ended', () => {
  it.each(Object.keys(policies))('a call %s', async (policy) => {
    const store = await storeOf(() => execute(policy));
    expect(await isReleased(store)).toBe(true);
  });

  it.each<[string, (error: Error) => Error]>([
    ['the cause of another one', (error) => new Error('load failed', { cause: error })],
    ['a member of an aggregate', (error) => new AggregateError([error])],
  ])('a call that a circuit has counted, whose error is %s', async (_how, wrap) => {
    const request = async () => {
      const held = {
        store: requests.getStore(),
        fail: () => {
          throw new Error('down');
        },
      };
      try {
        held.fail();
      } catch (error) {
        throw wrap(error as Error);
      }
    };
    const rated = { circuitBreaker: { failureRate: 0.5 } };
    const run = () => module.get(ResilienceService).execute(rated, request, { name: 'rated' });
    const store = await storeOf(() => run().catch(() => undefined));
    expect(await isReleased(store)).toBe(true);
  });

  it.each(['within a bulkhead', 'within a rate limit', 'with everything'])(
    'a call that has waited in a queue, %s',
    async (policy) => {
      const ahead = execute(policy);
      const store = await storeOf(() => execute(policy));
      await ahead;
      expect(await isReleased(store)).toBe(true);
    },
  );

  it.each(['timed', 'with a hedge ahead'])('a call whose caller has left, %s', async (policy) => {
    const store = await storeOf(async () => {
      const leaving = new AbortController();
      const call = hang(policy, leaving.signal);
      await turn();
      leaving.abort(new Error('gone'));
      await call;
    });
    expect(await isReleased(store)).toBe(true);
  });

  it('a call whose caller has left a queue', async () => {
    const leaving = new AbortController();
    const ahead = hang('within a bulkhead', leaving.signal);
    const store = await storeOf(async () => {
      const waiting = new AbortController();
      const call = hang('within a bulkhead', waiting.signal);
      await turn();
      waiting.abort(new Error('gone'));
      await call;
    });
    expect(await isReleased(store)).toBe(true);
    leaving.abort(new Error('gone'));
    await ahead;
  });

  it.each<[string, (methods: Methods) => Promise<unknown>]>([
    ['a promise', (methods) => methods.promise()],
    ['an Observable', (methods) => lastValueFrom(methods.observable())],
    ['an async iterable', (methods) => methods.toTheEnd()],
  ])('a call of a decorated method that returns %s', async (_form, call) => {
    const store = await storeOf(() => call(module.get(Methods)));
    expect(await isReleased(store)).toBe(true);
  });

  it('a request over the pools of the client, whose sockets stay open', async () => {
    upstream.play(answer(503), answer(200));
    const store = await storeOf(() => module.get(ResilientHttpService).get(upstream.url));
    expect(upstream.openConnections).toBeGreaterThan(0);
    expect(await isReleased(store)).toBe(true);
  });

  it('is measured by means that see a timer which holds one', async () => {
    let timer: NodeJS.Timeout | undefined;
    const store = await storeOf(async () => void (timer = setTimeout(() => undefined, 3_600_000)));
    expect(await isReleased(store)).toBe(false);
    clearTimeout(timer);
    timer = undefined;
    expect(await isReleased(store)).toBe(true);
  });
});
