import { afterEach, describe, expect, it } from '@jest/globals';
import {
  BulkheadFullException,
  BulkheadRegistry,
  RateLimitExceededException,
  ShutdownException,
  TimeoutException,
} from 'nestjs-breakwater';
import { stateOf } from '../support/application.js';
import { causeOf } from '../support/http-way.js';
import { byKey, pending, strategyWays } from '../support/strategy-ways.js';
import type { Scenario } from '../support/strategy-ways.js';

let app: Scenario;
afterEach(() => app?.stop());

const never = () => new Promise<never>(() => undefined);
const quiet = (promise: Promise<unknown>) => (promise.catch(() => undefined), promise);
const typesOf = ({ told }: Scenario) => told.map(({ type }) => type);
const circuit = () => app.circuits.get(app.nameOf());
const bulkhead = () => app.module.get(BulkheadRegistry).get(app.nameOf());

describe.each(strategyWays)('through %s', (_way, start) => {
  describe('a timeout', () => {
    it('of an attempt ends it at once, counts against the circuit and is repeated', async () => {
      app = await start({
        timeout: '1s',
        retry: { maxRetries: 1, baseDelay: 0 },
        circuitBreaker: { failureThreshold: 2 },
      });
      const run = quiet(app.run(never));
      await app.clock.advance(1999);
      expect(await stateOf(run)).toBe('pending');
      await app.clock.advance(1);
      await expect(run).rejects.toBeInstanceOf(TimeoutException);
      expect(circuit()?.state).toBe('open');
      expect(typesOf(app)).toEqual([
        'timeout',
        'retry.scheduled',
        'timeout',
        'circuit.opened',
        'retry.exhausted',
      ]);
    });

    it('ignores what an abandoned attempt does later', async () => {
      app = await start({ timeout: '1s' });
      const run = quiet(
        app.run(
          () => new Promise((_, reject) => app.clock.setTimeout(() => reject(new Error('late')), 5000)),
        ),
      );
      await app.clock.advance(1000);
      await expect(run).rejects.toMatchObject({ code: 'RESILIENCE_TIMEOUT', scope: 'attempt' });
      await app.clock.advance(10_000);
    });

    it('of the whole call bounds its waits', async () => {
      app = await start({ timeout: { total: '3s' }, bulkhead: { maxConcurrent: 1, maxQueue: 1 } });
      const first = quiet(app.run(never));
      await app.clock.advance(2000);
      const second = quiet(app.run(() => 'fine'));
      await app.clock.advance(1000);
      await expect(first).rejects.toMatchObject({ scope: 'total' });
      await expect(second).resolves.toBe('fine');
    });

    it('of the whole call counts the waits between attempts too', async () => {
      const retry = { backoff: 'constant', jitter: 'none', baseDelay: '4s' } as const;
      app = await start({ timeout: { total: '10s' }, retry });
      const at: number[] = [];
      const run = quiet(app.run(() => (at.push(app.clock.now()), Promise.reject(new Error('always')))));
      await app.clock.advance(20_000);
      await expect(run).rejects.toThrow('always');
      expect(at).toEqual([0, 4000, 8000]);
    });

    it('ends with the application', async () => {
      app = await start({ timeout: '1m' });
      const run = quiet(app.run(never));
      await app.settle();
      expect(await stateOf(run)).toBe('pending');
      await app.module.close();
      await expect(run).rejects.toBeInstanceOf(ShutdownException);
      expect(app.clock.pending).toBe(0);
    });
  });

  describe('a bulkhead', () => {
    it('runs so many at once, lets so many wait in their order, and refuses the others', async () => {
      app = await start({ bulkhead: { maxConcurrent: 2, maxQueue: 2 } });
      const work = Array.from({ length: 4 }, pending);
      const began: number[] = [];
      const runs = work.map(({ promise }, index) => app.run(() => (began.push(index), promise)));
      await expect(app.run(() => 'never')).rejects.toBeInstanceOf(BulkheadFullException);
      await app.settle();
      // side by side: over two connections either may come first
      expect(began.sort()).toEqual([0, 1]);
      work[1]?.resolve('b');
      await expect(runs[1]).resolves.toBe('b');
      await app.clock.advance(0);
      expect(began).toEqual([0, 1, 2]);
      work[0]?.resolve('a');
      work[2]?.resolve('c');
      await app.clock.advance(0);
      expect(began).toEqual([0, 1, 2, 3]);
      work[3]?.resolve('d');
      await expect(Promise.all(runs)).resolves.toEqual(['a', 'b', 'c', 'd']);
      expect(typesOf(app)).toEqual(['bulkhead.rejected']);
      expect(app.module.get(BulkheadRegistry).snapshot()).toEqual([
        { name: app.nameOf(), limit: 2, running: 0, queued: 0, rejected: 1 },
      ]);
    });

    it('is left at once by a caller who aborts, with the reason, and by one who has waited for too long', async () => {
      app = await start({ bulkhead: { maxConcurrent: 1, maxQueue: 2, maxWait: '1s' } });
      const first = pending();
      const run = app.run(() => first.promise);
      const controller = new AbortController();
      const leaving = quiet(app.run(() => 'left', { signal: controller.signal }));
      const patient = quiet(app.run(() => 'too late'));
      await app.clock.advance(500);
      controller.abort('bye');
      await expect(leaving).rejects.toBe('bye');
      const third = app.run(() => 'third');
      await app.clock.advance(500);
      await expect(patient).rejects.toBeInstanceOf(BulkheadFullException);
      first.resolve('done');
      await expect(Promise.all([run, third])).resolves.toEqual(['done', 'third']);
      expect(app.module.get(BulkheadRegistry).get(app.nameOf())).toMatchObject({ running: 0, queued: 0 });
    });

    it('hands the permit of a half-open circuit back when it refuses', async () => {
      app = await start({
        bulkhead: { maxConcurrent: 1 },
        circuitBreaker: { failureThreshold: 1, recoveryTimeout: '1s' },
        retry: false,
      });
      const held = pending();
      const run = app.run(() => held.promise);
      circuit()?.forceOpen();
      circuit()?.reset();
      await expect(app.run(() => 'never')).rejects.toBeInstanceOf(BulkheadFullException);
      expect(circuit()?.metrics.consecutiveFailures).toBe(0);
      held.resolve('fine');
      await run;
      await expect(app.run(() => 'fine')).resolves.toBe('fine');
    });

    it('gives its place back when the attempt times out, fails or throws', async () => {
      app = await start({ bulkhead: { maxConcurrent: 1 }, timeout: '1s' });
      const run = quiet(app.run(never));
      await app.clock.advance(1000);
      await expect(run).rejects.toBeInstanceOf(TimeoutException);
      await expect(app.run(() => Promise.reject(new Error('x')))).rejects.toThrow('x');
      await expect(
        app.run(() => {
          throw new Error('y');
        }),
      ).rejects.toThrow('y');
      await expect(app.run(() => 'fine')).resolves.toBe('fine');
    });

    it('is not retried unless retryOn names it', async () => {
      app = await start({
        bulkhead: { maxConcurrent: 1 },
        retry: { retryOn: BulkheadFullException, baseDelay: 100, jitter: 'none' },
      });
      const held = pending();
      const run = app.run(() => held.promise);
      const second = app.run(() => 'second');
      await app.clock.advance(50);
      held.resolve('first');
      await run;
      await app.clock.advance(50);
      await expect(second).resolves.toBe('second');
    });

    it('is kept per key', async () => {
      app = await start({ bulkhead: { maxConcurrent: 1, key: byKey } });
      void quiet(app.run(never, { key: 'a' }));
      await expect(app.run(() => 'full', { key: 'a' })).rejects.toBeInstanceOf(BulkheadFullException);
      await expect(app.run(() => 'fine', { key: 'b' })).resolves.toBe('fine');
      expect([...app.module.get(BulkheadRegistry)].map(({ name }) => name)).toEqual([
        app.nameOf('a'),
        app.nameOf('b'),
      ]);
    });

    it('ends its waits with the application', async () => {
      app = await start({ bulkhead: { maxConcurrent: 1, maxQueue: 1 } });
      void quiet(app.run(never));
      const waiting = quiet(app.run(() => 'never'));
      await app.settle();
      expect(bulkhead()?.queued).toBe(1);
      await app.module.close();
      await expect(waiting).rejects.toBeInstanceOf(ShutdownException);
    });
  });

  describe('a rate limit', () => {
    it('lets a burst through, then one at a time, and tells when to come back', async () => {
      app = await start({ rateLimit: { limit: 3, interval: '1s' } });
      const three = await Promise.all([1, 2, 3].map((value) => app.run(() => value)));
      expect(three).toEqual([1, 2, 3]);
      const refused = await app.run(() => 4).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(RateLimitExceededException);
      expect((refused as RateLimitExceededException).retryAfter).toBeCloseTo(333.33, 1);
      await app.clock.advance(334);
      await expect(app.run(() => 4)).resolves.toBe(4);
      await expect(app.run(() => 5)).rejects.toBeInstanceOf(RateLimitExceededException);
      expect(typesOf(app)).toEqual(['rate-limit.rejected', 'rate-limit.rejected']);
    });

    it('makes calls wait for their turn, and those behind one who leaves move up', async () => {
      app = await start({ rateLimit: { limit: 10, interval: '1s', burst: 1, maxWait: '300ms' } });
      const at: number[] = [];
      const call = (signal?: AbortSignal) =>
        quiet(app.run(() => at.push(app.clock.now()), signal && { signal }));
      void call();
      void call();
      const controller = new AbortController();
      const leaving = call(controller.signal);
      const last = call();
      await expect(call()).rejects.toBeInstanceOf(RateLimitExceededException);
      await app.clock.advance(50);
      controller.abort(new Error('bye'));
      await expect(leaving).rejects.toThrow('bye');
      await app.clock.advance(150);
      await last;
      expect(at).toEqual([0, 100, 200]);
      expect(app.clock.pending).toBeLessThanOrEqual(1);
    });

    it('is kept per key', async () => {
      app = await start({ rateLimit: { limit: 1, interval: '1s', key: byKey } });
      await expect(app.run(() => 'fine', { key: 'a' })).resolves.toBe('fine');
      await expect(app.run(() => 'many', { key: 'a' })).rejects.toBeInstanceOf(RateLimitExceededException);
      await expect(app.run(() => 'fine', { key: 'b' })).resolves.toBe('fine');
    });
  });

  describe('a hedge', () => {
    it('starts a second attempt after its delay; the first success counts, and the loser is aborted', async () => {
      app = await start({ hedge: { delay: 100 } });
      const signals: AbortSignal[] = [];
      const numbers: number[] = [];
      let calls = 0;
      const run = app.run((attempt) => {
        if (attempt?.signal) signals.push(attempt.signal);
        if (attempt) numbers.push(attempt.attempt);
        return ++calls === 1 ? never() : 'second';
      });
      await app.clock.advance(99);
      expect(calls).toBe(1);
      await app.clock.advance(1);
      await expect(run).resolves.toBe('second');
      if (numbers.length > 0) expect(numbers).toEqual([1, 2]);
      if (signals.length > 0) expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
      expect(typesOf(app)).toEqual(['hedge.started', 'hedge.won']);
    });

    it('starts the next at once when one fails; if all fail the last error counts', async () => {
      app = await start({ hedge: { delay: 100, maxHedges: 2 } });
      let calls = 0;
      const run = quiet(app.run(() => Promise.reject(new Error(`${++calls}`))));
      await expect(run).rejects.toThrow('3');
      expect(app.clock.now()).toBe(0);
      expect(typesOf(app)).toEqual(['hedge.started', 'hedge.started']);
    });

    it('does not repeat what will fail again, and not before a server wants it', async () => {
      app = await start({ hedge: { delay: 100 } });
      let calls = 0;
      const fail = (error: unknown) => quiet(app.run(() => (calls++, Promise.reject(error))));
      await expect(fail(new TypeError('bug'))).rejects.toThrow('bug');
      await expect(
        fail({ status: 503, headers: { 'retry-after': '5' }, message: 'later' }),
      ).rejects.toMatchObject({ status: 503 });
      expect(calls).toBe(2);
    });

    it('draws from the retry budget', async () => {
      app = await start({
        hedge: { delay: 100 },
        retry: { maxRetries: 0, budget: { ratio: 0, minPerSecond: 0.1 } },
      });
      const slow = async () => {
        let calls = 0;
        const run = quiet(
          app.run(() => (++calls, new Promise((end) => app.clock.setTimeout(() => end(1), 200)))),
        );
        await app.clock.advance(400);
        await run;
        return calls;
      };
      expect([await slow(), await slow()]).toEqual([2, 1]);
    });

    it('leaves when the caller does, and with the application', async () => {
      app = await start({ hedge: { delay: 100 }, bulkhead: { maxConcurrent: 2 } });
      const controller = new AbortController();
      const run = quiet(app.run(never, { signal: controller.signal }));
      await app.clock.advance(150);
      expect(bulkhead()?.running).toBe(2);
      controller.abort('bye');
      await expect(run).rejects.toBe('bye');
      expect(bulkhead()?.running).toBe(0);
      const other = quiet(app.run(never));
      await app.settle();
      expect(bulkhead()?.running).toBe(1);
      await app.module.close();
      await expect(other).rejects.toBeInstanceOf(ShutdownException);
    });
  });

  describe('a fallback', () => {
    it('answers for the errors that it is for, around everything else', async () => {
      const on = (error: unknown) => causeOf(error) instanceof RangeError;
      app = await start({
        fallback: { use: (error) => `instead of ${(causeOf(error) as Error).message}`, on },
        retry: { retryOn: () => true, maxRetries: 1, baseDelay: 0 },
      });
      let calls = 0;
      const fail = (error: Error) => app.run(() => (calls++, Promise.reject(error)));
      await expect(fail(new RangeError('x'))).resolves.toBe('instead of x');
      expect(calls).toBe(2);
      await expect(fail(new TypeError('y'))).rejects.toThrow('y');
      expect(typesOf(app).filter((type) => type === 'fallback.used')).toHaveLength(1);
    });

    it('is not asked when the caller has left', async () => {
      app = await start({ fallback: () => 'instead' });
      const controller = new AbortController();
      const work = pending();
      const run = quiet(app.run(() => work.promise, { signal: controller.signal }));
      await app.settle();
      controller.abort('bye');
      work.reject(new Error('late'));
      await expect(run).rejects.toBe('bye');
    });
  });
});
