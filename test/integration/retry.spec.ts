import { afterEach, describe, expect, it } from '@jest/globals';
import { CircuitOpenException, ShutdownException } from 'nestjs-breakwater';
import { stateOf } from '../support/application.js';
import { causeOf } from '../support/http-way.js';
import { byKey, pending, strategyWays } from '../support/strategy-ways.js';
import type { Scenario } from '../support/strategy-ways.js';

let app: Scenario;
afterEach(() => app.stop());

const withHeaders = (headers: Record<string, string>, status = 503) =>
  Object.assign(new Error('busy'), { response: { status, headers } });
const always = new Error('always');

/** Runs a function that fails as told, and remembers when its attempts began. */
function attempts(failures: unknown[], signal?: AbortSignal) {
  const at: number[] = [];
  const work = () => {
    at.push(app.clock.now());
    if (failures.length === 0) return 'fine';
    throw failures[0] === always ? always : failures.shift();
  };
  const run = app.run(work, signal && { signal });
  run.catch(() => undefined);
  return { at, run };
}

const fail = (message = 'x') => app.run(() => Promise.reject(new Error(message)));

describe.each(strategyWays)('through %s', (_way, start) => {
  describe('a retry', () => {
    it('waits as the backoff says, and tells why', async () => {
      app = await start({ retry: { baseDelay: '1s', jitter: 'none' } });
      const error = new Error('once');
      const { at, run } = attempts([error, new Error('twice')]);
      await app.clock.advance(10_000);
      await expect(run).resolves.toBe('fine');
      expect(at).toEqual([0, 1000, 3000]);
      const told = { type: 'retry.scheduled', at: 0, attempt: 2, delay: 1000, reason: 'backoff' };
      expect(app.told[0]).toMatchObject(told);
      expect(causeOf((app.told[0] as { error?: unknown }).error)).toBe(error);
    });

    it('never comes back earlier than a server asks, and at most a tenth later', async () => {
      app = await start({ retry: { baseDelay: '1s' } });
      const { at } = attempts([withHeaders({ 'retry-after': '20' }), withHeaders({ 'retry-after': '0' })]);
      await app.clock.advance(30_000);
      expect(at).toEqual([0, 21_000, 21_000]);
    });

    const named = { abortOn: (error: unknown) => causeOf(error) instanceof RangeError, retryOn: Error };
    it.each([
      [
        'asks for more than maxRetryAfter',
        { maxRetryAfter: '10s' },
        [withHeaders({ 'retry-after': '11' })],
        'retry-after-too-long',
      ],
      [
        'asks for more than is left',
        { maxElapsed: '10s' },
        [withHeaders({ 'retry-after': '10' })],
        'deadline',
      ],
      // a 404 suppresses nothing: a retry would not have been made
      ['answers 404', {}, [withHeaders({}, 404)], undefined],
      ['is named by abortOn', named, [new RangeError('x')], 'not-retryable'],
    ] as const)(
      'fails at once with the error of a server that %s',
      async (_name, retry, failures, reason) => {
        app = await start({ retry });
        const { at, run } = attempts([...failures]);
        await expect(run).rejects.toBe(failures[0]);
        expect(at).toHaveLength(1);
        expect(app.told).toMatchObject(reason ? [{ type: 'retry.suppressed', reason }] : []);
      },
    );

    it('returns the last result when retryOnResult is never content', async () => {
      app = await start({ retry: { maxRetries: 2, baseDelay: 0, retryOnResult: () => true } });
      let count = 0;
      await expect(app.run(() => ++count)).resolves.toBe(3);
    });

    it('keeps to its budget over the window, and recovers', async () => {
      const budget = { ratio: 0.2, minPerSecond: 1, window: '10s' } as const;
      app = await start({ retry: { baseDelay: 0, budget } });
      const failing = async (calls: number) => {
        let made = 0;
        const refuse = () => {
          made++;
          throw new Error('down');
        };
        for (let call = 0; call < calls; call++) await app.run(refuse).catch(() => undefined);
        return made - calls;
      };
      expect(await failing(100)).toBe(10 + 0.2 * 100);
      await app.clock.advance(5000);
      expect(await failing(10)).toBe(2);
      await app.clock.advance(30_000);
      expect(await failing(1)).toBe(3);
    });

    it('stops waiting when the caller aborts, with the signal’s reason', async () => {
      app = await start({ retry: { baseDelay: '1h' } });
      const abort = new AbortController();
      const { at, run } = attempts([always], abort.signal);
      await app.settle();
      expect(await stateOf(run)).toBe('pending');
      expect(app.told).toMatchObject([{ type: 'retry.scheduled' }]);
      abort.abort('enough');
      await expect(run).rejects.toBe('enough');
      await app.clock.advance(10 * 3_600_000);
      expect(at).toHaveLength(1);
      expect(app.told.at(-1)).toMatchObject({ type: 'retry.suppressed', reason: 'aborted' });
    });

    it('survives hooks that throw', async () => {
      const onRetry = () => {
        throw new Error('hook');
      };
      app = await start({ retry: { baseDelay: 0, onRetry } });
      await expect(attempts([new Error('once')]).run).resolves.toBe('fine');
    });

    it('lets timers and aborts run between many retries without a wait', async () => {
      app = await start({ retry: { maxRetries: 1_000_000_000, baseDelay: 0, budget: false } });
      const abort = new AbortController();
      setTimeout(() => abort.abort('enough'), 0);
      await expect(attempts([always], abort.signal).run).rejects.toBe('enough');
    });
  });

  describe('closing the application', () => {
    it('ends a wait with the last error', async () => {
      app = await start({ retry: { baseDelay: '1h' } });
      const { run } = attempts([always]);
      await app.settle();
      expect(await stateOf(run)).toBe('pending');
      await app.module.close();
      await expect(run).rejects.toBe(always);
      expect(app.clock.pending).toBe(0);
    });

    it('ends a running attempt, whose signal aborts, and repeats it no more', async () => {
      app = await start({ retry: { baseDelay: 0 } });
      const work = pending();
      const signals: AbortSignal[] = [];
      let attempts = 0;
      const run = app.run((attempt) => {
        attempts++;
        if (attempt) signals.push(attempt.signal);
        return work.promise;
      });
      await app.settle();
      expect(await stateOf(run)).toBe('pending');
      await app.module.close();
      await expect(run).rejects.toBeInstanceOf(ShutdownException);
      await app.settle();
      work.reject(always);
      await app.settle();
      expect(attempts).toBe(1);
      expect(signals.map(({ aborted }) => aborted)).toEqual(app.passesAttempts ? [true] : []);
    });
  });

  describe('a circuit', () => {
    it('in half-open admits exactly halfOpenMaxCalls of 20 concurrent callers', async () => {
      const circuitBreaker = { failureThreshold: 1, halfOpenMaxCalls: 3, recoveryTimeout: '1s' } as const;
      app = await start({ circuitBreaker });
      await expect(fail()).rejects.toThrow('x');
      await app.clock.advance(1000);
      let ran = 0;
      const calls = Array.from({ length: 20 }, () => app.run(() => ++ran && new Promise(() => undefined)));
      await app.settle();
      const states = await Promise.all(calls.map(stateOf));
      expect(ran).toBe(3);
      expect(states.filter((state) => state === 'rejected')).toHaveLength(17);
      for (const call of calls) call.catch((error: unknown) => expect(error).toBeInstanceOf(Error));
    });

    it('is kept per key, and forgotten when it is idle', async () => {
      app = await start({ circuitBreaker: { failureThreshold: 1, idleTtl: '1m', key: byKey } });
      const down = () => Promise.reject(new Error('x'));
      await expect(app.run(down, { key: 'a' })).rejects.toThrow('x');
      await expect(app.run(() => 'fine', { key: 'a' })).rejects.toBeInstanceOf(CircuitOpenException);
      await expect(app.run(() => 'fine', { key: 'b' })).resolves.toBe('fine');
      expect(app.circuits.get(app.nameOf('a'))?.state).toBe('open');
      await app.clock.advance(60_000);
      expect([...app.circuits].map(({ name }) => name)).toEqual([app.nameOf('a')]);
    });

    it('tells its transitions, and obeys the hand', async () => {
      app = await start({ circuitBreaker: { failureThreshold: 1, recoveryTimeout: '1s' } });
      const call = () => app.run(() => 'fine');
      await expect(fail()).rejects.toThrow('x');
      const refused = (await call().catch((error: unknown) => error)) as CircuitOpenException;
      expect(refused).toMatchObject({ circuit: app.nameOf(), retryAfter: 1000 });
      expect(causeOf(refused.cause)).toEqual(new Error('x'));
      await app.clock.advance(1000);
      await call();
      app.circuits.get(app.nameOf())?.forceOpen();
      await expect(call()).rejects.toBeInstanceOf(CircuitOpenException);
      app.circuits.reset();
      await call();
      expect(app.told.map(({ type }) => type)).toEqual([
        'circuit.opened',
        'circuit.rejected',
        'circuit.half-opened',
        'circuit.closed',
        'circuit.opened',
        'circuit.rejected',
        'circuit.closed',
      ]);
    });
  });
});
