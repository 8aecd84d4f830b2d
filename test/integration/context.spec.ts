import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { AsyncLocalStorage } from 'node:async_hooks';
import { Test } from '@nestjs/testing';
import type { TestingModule } from '@nestjs/testing';
import { ResilienceModule, ResilienceService } from 'nestjs-breakwater';
import type { HttpClientOptions, PolicyOptions, RetryOptions } from 'nestjs-breakwater';
import { startApplication } from '../support/application.js';
import { entries } from '../support/context/entries.js';
import { rehearse } from '../support/context/rehearse.js';
import type { Row } from '../support/context/rehearse.js';
import { inOwnContexts } from '../support/context/stage.js';
import type { See, Step } from '../support/context/stage.js';

/** A policy that protects something, and repeats nothing. */
const once = { retry: { maxRetries: 0 } };

/** A retry without jitter and budget. */
const retry = (options: RetryOptions = {}): PolicyOptions => ({
  retry: { maxRetries: 1, baseDelay: 0, jitter: 'none', budget: false, ...options },
});
const timeout = { timeout: 50 } as const;
const hedge = { hedge: { delay: 30 } } as const;
const place = { bulkhead: { maxConcurrent: 1, maxQueue: 5 } } as const;
/** A circuit per user that opens with the first failure. */
const circuit: PolicyOptions = {
  circuitBreaker: { failureThreshold: 1, recoveryTimeout: 50, key: userOf },
};

/** The user of a call: the first argument of a method, or the path of a request. */
function userOf(subject: unknown): string {
  const { url } = Object(subject) as { url?: URL };
  return url ? url.pathname.slice(1) : String(subject);
}

const bodies: Row[] = [
  { it: 'the first attempt', code: 'attempt 1', policy: () => once, script: ['fine'] },
  { it: 'a retry at once', code: 'attempt 2', policy: () => retry(), script: ['fail', 'fine'] },
  {
    it: 'a retry after a pause',
    code: 'attempt 2',
    policy: () => retry({ baseDelay: 20 }),
    script: ['fail', 'fine'],
  },
  {
    it: 'a retry after a time-out',
    code: 'attempt 2',
    policy: () => ({ ...retry(), ...timeout }),
    script: ['hang', 'fine'],
  },
  {
    it: 'a retry after a time-out and a pause',
    code: 'attempt 2',
    policy: () => ({ ...retry({ baseDelay: 20 }), ...timeout }),
    script: ['hang', 'fine'],
  },
  {
    it: 'a second retry after a second time-out',
    code: 'attempt 3',
    policy: () => ({ ...retry({ maxRetries: 2 }), ...timeout }),
    script: ['hang', 'hang', 'fine'],
  },
  { it: 'an attempt after a wait for a place', code: 'attempt 1', policy: () => place, script: ['slow'] },
  {
    it: 'an attempt whose place a time-out has freed',
    code: 'attempt 1',
    policy: () => ({ ...place, ...timeout }),
    script: ['hang'],
  },
  {
    it: 'an attempt after a wait for a rate limit',
    code: 'attempt 1',
    policy: () => ({ rateLimit: { limit: 1, interval: 100, maxWait: '1s' } }),
    script: ['fine'],
  },
  {
    it: 'a retry that waits for a rate limit after a time-out',
    code: 'attempt 2',
    policy: () => ({ ...retry(), ...timeout, rateLimit: { limit: 1, interval: 100, maxWait: '1s' } }),
    script: ['hang', 'fine'],
  },
  { it: 'a hedge', code: 'attempt 2', policy: () => hedge, script: ['hang', 'fine'] },
  {
    it: 'a second hedge',
    code: 'attempt 3',
    policy: () => ({ hedge: { delay: 30, maxHedges: 2 } }),
    script: ['hang', 'hang', 'fine'],
  },
  {
    it: 'a hedge that begins because the first attempt failed',
    code: 'attempt 2',
    policy: () => hedge,
    script: ['fail', 'fine'],
  },
  {
    it: 'a retry after hedges that timed out',
    code: 'attempt 3',
    policy: () => ({ ...retry(), ...hedge, ...timeout }),
    script: ['hang', 'hang', 'fine'],
  },
];

/** The caller's signal changes how the library watches a call. */
const bodiesWithSignal = bodies.map((row): Row => ({
  ...row,
  it: `${row.it}, of a caller who brings a signal`,
  bringsSignal: true,
}));

/** Functions of a policy that are asked after an attempt, and policies that use them. */
const asked: Record<string, (see: See) => PolicyOptions> = {
  retryOn: (see) => retry({ retryOn: (error) => (see('retryOn', error), true) }),
  abortOn: (see) => retry({ abortOn: (error) => (see('abortOn', error), false) }),
  classify: (see) => ({ ...retry(), classify: (error) => (see('classify', error), 'transient') }),
  recordAs: (see) => ({ circuitBreaker: { recordAs: (error) => (see('recordAs', error), 'failure') } }),
  backoff: (see) => retry({ backoff: ({ error }) => (see('backoff', error), 0) }),
  onRetry: (see) => retry({ onRetry: ({ error }) => see('onRetry', error) }),
  fallback: (see) => ({ fallback: (error: unknown) => (see('fallback', error), 'instead') }),
  'the fallback’s `on`': (see) => ({
    fallback: { use: () => 'instead', on: (error) => (see('the fallback’s `on`', error), true) },
  }),
};

const afterFailures: Row[] = Object.entries(asked).flatMap(([code, policy]): Row[] => [
  { it: `${code} after a failure`, code, policy, script: ['fail'] },
  {
    it: `${code} after a pause and a second failure`,
    code,
    policy: (see) => ({ ...retry({ baseDelay: 20 }), ...policy(see) }),
    script: ['fail', 'fail'],
  },
  {
    it: `${code} after a time-out`,
    code,
    policy: (see) => ({ ...policy(see), ...timeout }),
    script: ['hang'],
  },
]);

const otherHooks: Row[] = [
  {
    it: 'retryOnResult',
    code: 'retryOnResult',
    policy: (see) => retry({ retryOnResult: () => (see('retryOnResult'), true) }),
    script: ['poor'],
    needs: ['result'],
  },
  {
    it: 'retryOnResult after a time-out',
    code: 'retryOnResult',
    policy: (see) => ({ ...retry({ retryOnResult: () => (see('retryOnResult'), true) }), ...timeout }),
    script: ['hang', 'poor'],
    needs: ['result'],
  },
  {
    it: 'the fallback after the total time-out',
    code: 'fallback',
    policy: (see) => ({ ...asked.fallback(see), timeout: { total: 50 } }),
    script: ['hang'],
  },
  {
    it: 'the fallback of a call that found no place in time',
    code: 'fallback',
    policy: (see) => ({
      // the call that holds the place is answered too, once the application closes
      fallback: (error: { code?: string }) => (
        error.code === 'RESILIENCE_BULKHEAD_FULL' && see('fallback'),
        'instead'
      ),
      bulkhead: { ...place.bulkhead, maxWait: 50 },
    }),
    script: ['hang'],
    isBlocked: true,
  },
  {
    it: 'validateStatus',
    code: 'validateStatus',
    policy: () => once,
    script: ['slow'],
    needs: ['http'],
  },
  {
    it: 'validateStatus after a time-out',
    code: 'validateStatus',
    policy: () => ({ ...retry(), ...timeout }),
    script: ['hang', 'slow'],
    needs: ['http'],
  },
];

/** The application's own code around each request. */
const aroundRequests: Record<string, (see: See) => HttpClientOptions> = {
  'a header function': (see) => ({
    headers: { 'x-a': async (attempt) => (see('a header function', attempt), 'a') },
  }),
  onRequest: (see) => ({ onRequest: async (request) => see('onRequest', request) }),
  onResponse: (see) => ({ onResponse: async (response) => see('onResponse', response) }),
};

const requestHooks: Row[] = Object.entries(aroundRequests).map(([code, options]) => ({
  it: `${code}, for a first attempt and after a time-out`,
  code,
  policy: (see) => ({ ...retry(), ...timeout, ...(options(see) as PolicyOptions) }),
  script: ['hang', 'slow'],
  needs: ['http'],
}));

/** The strategies with a state per key. */
const keyed: Record<string, (key: (user: string) => string) => PolicyOptions> = {
  'a circuit': (key) => ({ circuitBreaker: { key } }),
  'a bulkhead': (key) => ({ bulkhead: { maxConcurrent: 1, key } }),
  'a rate limit': (key) => ({ rateLimit: { limit: 9, interval: 10, key } }),
  'a hedge': (key) => ({ hedge: { delay: 200, key } }),
};

const keys: Row[] = Object.entries(keyed).map(([strategy, policy]) => ({
  it: `the key of ${strategy}, for a first attempt and after a time-out`,
  code: 'key',
  policy: (see) => ({ ...retry(), ...timeout, ...policy((user) => (see('key', user), user)) }),
  script: ['hang', 'fine'],
  needs: ['policy key'],
}));

const keysOfRequests: Row = {
  it: 'the key of a circuit, asked for a request',
  code: 'key',
  policy: (see) => ({
    ...retry(),
    ...timeout,
    circuitBreaker: { key: (request: unknown) => (see('key', request), userOf(request)) },
  }),
  script: ['hang', 'fine'],
  needs: ['http'],
};

const aborts: Row[] = [
  { it: 'a time-out', policy: () => timeout },
  { it: 'the total time-out', policy: () => ({ timeout: { total: 50 } }) },
  { it: 'a lost race against a hedge', policy: () => hedge, script: ['hang', 'fine'] as Step[] },
  { it: 'the caller’s abort, sent by a stranger', policy: () => once, stranger: 'aborts' as const },
  {
    it: 'the shutdown, begun by a stranger',
    policy: () => once,
    stranger: 'closes the application' as const,
  },
].map(({ it: cause, script = ['hang'], ...row }) => ({
  it: `an abort listener after ${cause}`,
  code: 'abort listener',
  script,
  needs: ['signal'],
  ...row,
}));

const endings: Row[] = [
  { it: 'the teardown after a time-out', policy: () => timeout },
  { it: 'the teardown after the total time-out', policy: () => ({ timeout: { total: 50 } }) },
  {
    it: 'the teardown of an attempt that lost against a hedge',
    policy: () => hedge,
    script: ['hang', 'fine'] as Step[],
  },
  {
    it: 'the teardown when a stranger leaves before a value',
    policy: () => once,
    stranger: 'leaves' as const,
  },
  {
    it: 'the teardown when a stranger closes the application',
    policy: () => once,
    stranger: 'closes the application' as const,
  },
].map(({ script = ['hang'], ...row }) => ({ code: 'teardown', script, needs: ['teardown'], ...row }));

const streams: Row[] = [
  {
    it: 'the teardown when a stranger leaves after a value',
    code: 'teardown',
    policy: () => once,
    script: ['stream'],
    needs: ['stream'],
    stranger: 'leaves',
  },
  {
    it: 'an observer’s next after a time-out',
    code: 'observer’s next',
    policy: () => ({ ...retry(), ...timeout }),
    script: ['hang', 'fine'],
    needs: ['observer'],
  },
  {
    it: 'an observer’s complete after a hedge',
    code: 'observer’s complete',
    policy: () => hedge,
    script: ['hang', 'fine'],
    needs: ['observer'],
  },
  {
    it: 'an observer’s error at a time-out',
    code: 'observer’s error',
    policy: () => timeout,
    script: ['hang'],
    needs: ['observer'],
  },
];

type EventRow = Omit<Row, 'it' | 'code'> & {
  readonly event: NonNullable<Row['event']>;
  readonly when: string;
};

const told: EventRow[] = [
  { event: 'retry.scheduled', when: 'after a failure', policy: () => retry(), script: ['fail', 'fine'] },
  {
    event: 'retry.scheduled',
    when: 'after a time-out',
    policy: () => ({ ...retry(), ...timeout }),
    script: ['hang', 'fine'],
  },
  { event: 'retry.exhausted', when: 'after failures', policy: () => retry(), script: ['fail'] },
  {
    event: 'retry.exhausted',
    when: 'after time-outs',
    policy: () => ({ ...retry(), ...timeout }),
    script: ['hang'],
  },
  {
    event: 'retry.suppressed',
    when: 'after a failure',
    policy: () => retry({ baseDelay: 50, maxElapsed: 40 }),
    script: ['fail'],
  },
  {
    event: 'retry.suppressed',
    when: 'after a time-out',
    policy: () => ({ ...retry({ maxElapsed: 40 }), ...timeout }),
    script: ['hang'],
  },
  { event: 'timeout', when: 'of an attempt', policy: () => timeout, script: ['hang'] },
  { event: 'timeout', when: 'of a call', policy: () => ({ timeout: { total: 50 } }), script: ['hang'] },
  {
    event: 'timeout',
    when: 'heard by an observer of all events',
    policy: () => timeout,
    script: ['hang'],
    observes: true,
  },
  { event: 'hedge.started', when: 'after its delay', policy: () => hedge, script: ['hang', 'fine'] },
  { event: 'hedge.started', when: 'after a failure', policy: () => hedge, script: ['fail', 'fine'] },
  { event: 'hedge.won', when: 'after its delay', policy: () => hedge, script: ['hang', 'fine'] },
  { event: 'circuit.opened', when: 'by a failure', policy: () => circuit, script: ['fail'], isKeyed: true },
  {
    event: 'circuit.opened',
    when: 'by a time-out',
    policy: () => ({ ...circuit, ...timeout }),
    script: ['hang'],
    isKeyed: true,
  },
  {
    event: 'circuit.half-opened',
    when: 'by a later call',
    policy: () => circuit,
    script: ['fail', 'fine'],
    at: [0, 100],
    isKeyed: true,
  },
  {
    event: 'circuit.closed',
    when: 'by a trial that is a retry after a time-out',
    policy: () => ({ ...circuit, ...timeout, ...retry({ baseDelay: 60, retryOn: () => true }) }),
    script: ['hang', 'fine'],
    isKeyed: true,
  },
  {
    event: 'circuit.rejected',
    when: 'to a later call',
    policy: () => circuit,
    script: ['fail'],
    at: [0, 30],
    isKeyed: true,
  },
  {
    event: 'circuit.rejected',
    when: 'to a retry after a time-out',
    policy: () => ({ ...circuit, ...timeout, ...retry({ retryOn: () => true }) }),
    script: ['hang'],
    isKeyed: true,
  },
  {
    event: 'bulkhead.rejected',
    when: 'at once',
    policy: () => ({ bulkhead: { maxConcurrent: 1 } }),
    script: ['hang'],
    isBlocked: true,
  },
  {
    event: 'bulkhead.rejected',
    when: 'after the longest wait',
    policy: () => ({ bulkhead: { ...place.bulkhead, maxWait: 50 } }),
    script: ['hang'],
    isBlocked: true,
  },
  {
    event: 'rate-limit.rejected',
    when: 'at once',
    policy: () => ({ rateLimit: { limit: 1, interval: '1m' } }),
    script: ['fine'],
    isBlocked: true,
  },
  {
    event: 'fallback.used',
    when: 'after a failure',
    policy: () => ({ fallback: () => 'instead' }),
    script: ['fail'],
  },
  {
    event: 'fallback.used',
    when: 'after a time-out',
    policy: () => ({ fallback: () => 'instead', ...timeout }),
    script: ['hang'],
  },
];

const listeners: Row[] = told.map(({ when, ...row }) => ({
  it: `a listener of ${row.event}, ${when}`,
  code: row.event,
  ...row,
}));

const rows = [
  ...bodies,
  ...bodiesWithSignal,
  ...afterFailures,
  ...otherHooks,
  ...requestHooks,
  ...keys,
  keysOfRequests,
  ...aborts,
  ...endings,
  ...streams,
  ...listeners,
];

describe.each(entries)('user code of three calls that overlap, through $name', (entry) => {
  const fitting = rows.filter(({ needs = [] }) => needs.every((need) => entry.abilities.includes(need)));

  it.each(fitting)('runs in the context of its own call: $it', async (row) => {
    expect(await rehearse(row, entry)).toEqual(inOwnContexts);
  });
});

describe('a retry after a time-out runs in the context of its own call', () => {
  const users = new AsyncLocalStorage<string>();
  let module: TestingModule;
  afterEach(async () => {
    await module.close();
    jest.useRealTimers();
    users.disable();
  });

  /** Calls as a user through `p`; attempts before `endsAt` hang, and each tells whose context it sees. */
  const call = (user: string, endsAt: number, seen: unknown[]) =>
    users.run(user, () =>
      module.get(ResilienceService).execute('p', async ({ attempt }) => {
        seen.push([user, attempt, users.getStore()]);
        if (attempt < endsAt) await new Promise(() => undefined);
      }),
    );

  it('although the timer began in the context of a call that is over', async () => {
    const app = await startApplication({ policies: { p: { ...timeout, ...retry() } } });
    ({ module } = app);
    const seen: unknown[] = [];
    await call('alice', 1, seen);
    await app.clock.advance(20);
    const second = call('bob', 2, seen);
    await app.clock.advance(100);
    await second;
    expect(seen).toEqual([
      ['alice', 1, 'alice'],
      ['bob', 1, 'bob'],
      ['bob', 2, 'bob'],
    ]);
  });

  it.each([50, 2000])(
    'on the default clock, where limits of a second and more fall due together: %i ms',
    async (limit) => {
      jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
      const policies = { p: { timeout: limit, ...retry() } };
      module = await Test.createTestingModule({
        imports: [ResilienceModule.forRoot({ policies })],
      }).compile();
      const seen: unknown[] = [];
      const calls: Promise<void>[] = [];
      for (const user of ['alice', 'bob', 'carol']) {
        calls.push(call(user, 2, seen));
        await jest.advanceTimersByTimeAsync(3);
      }
      await jest.advanceTimersByTimeAsync(2 * limit);
      await Promise.all(calls);
      expect(seen.slice(3)).toEqual([
        ['alice', 2, 'alice'],
        ['bob', 2, 'bob'],
        ['carol', 2, 'carol'],
      ]);
    },
  );
});
