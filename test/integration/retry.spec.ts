import { afterEach, describe, expect, it } from '@jest/globals';
import { CircuitOpenException, ShutdownException, TimeoutException } from 'nestjs-breakwater';
import type { PolicyOptions } from 'nestjs-breakwater';
import { startApplication, stateOf } from '../support/application.js';
import type { TestApplication } from '../support/application.js';

let app: TestApplication;
afterEach(() => app.module.close());

const withHeaders = (headers: Record<string, string>, status = 503) =>
  Object.assign(new Error('busy'), { response: { status, headers } });

/** Runs a function that fails as told, and remembers when its attempts began. */
function attempts(policy: PolicyOptions, failures: unknown[], signal?: AbortSignal) {
  const at: number[] = [];
  const run = app.service.execute(
    policy,
    () => {
      at.push(app.clock.now());
      if (failures.length === 0) return 'fine';
      throw failures.length === 1 && failures[0] === Infinity ? new Error('always') : failures.shift();
    },
    { signal },
  );
  run.catch(() => undefined);
  return { at, run };
}

describe('retry', () => {
  it('waits as the backoff says, and tells why', async () => {
    app = await startApplication();
    const error = new Error('once');
    const { at, run } = attempts({ retry: { baseDelay: '1s', jitter: 'none' } }, [error, new Error('twice')]);
    await app.clock.advance(10_000);
    await expect(run).resolves.toBe('fine');
    expect(at).toEqual([0, 1000, 3000]);
    expect(app.told[0]).toEqual({
      type: 'retry.scheduled',
      name: 'execute',
      at: 0,
      attempt: 2,
      delay: 1000,
      reason: 'backoff',
      error,
    });
  });

  it('never comes back earlier than a server asks, and at most a tenth later', async () => {
    app = await startApplication();
    const failures = [withHeaders({ 'retry-after': '20' }), withHeaders({ 'retry-after': '0' })];
    const { at } = attempts({ retry: { baseDelay: '1s' } }, failures);
    await app.clock.advance(30_000);
    expect(at).toEqual([0, 21_000, 21_000]);
  });

  it.each([
    [
      'asks for more than maxRetryAfter',
      { maxRetryAfter: '10s' },
      [withHeaders({ 'retry-after': '11' })],
      'retry-after-too-long',
    ],
    ['asks for more than is left', { maxElapsed: '10s' }, [withHeaders({ 'retry-after': '10' })], 'deadline'],
    ['answers 404', {}, [withHeaders({}, 404)], 'not-retryable'],
    ['is named by abortOn', { abortOn: RangeError, retryOn: Error }, [new RangeError('x')], 'not-retryable'],
  ] as const)('fails at once with the error of a server that %s', async (_name, retry, failures, reason) => {
    app = await startApplication();
    const { at, run } = attempts({ retry: retry }, [...failures]);
    await expect(run).rejects.toBe(failures[0]);
    expect(at).toHaveLength(1);
    expect(app.told).toMatchObject([{ type: 'retry.suppressed', reason }]);
  });

  it('returns the last result when retryOnResult is never content', async () => {
    app = await startApplication();
    let count = 0;
    const policy = { retry: { maxRetries: 2, baseDelay: 0, retryOnResult: () => true } };
    await expect(app.service.execute(policy, () => ++count)).resolves.toBe(3);
  });

  it('keeps to its budget over the window, and recovers', async () => {
    app = await startApplication({
      policies: {
        tight: { retry: { baseDelay: 0, budget: { ratio: 0.2, minPerSecond: 1, window: '10s' } } },
      },
    });
    const failing = async (calls: number) => {
      let made = 0;
      const fail = () => {
        made++;
        throw new Error('down');
      };
      for (let call = 0; call < calls; call++)
        await app.service.execute('tight', fail).catch(() => undefined);
      return made - calls;
    };
    expect(await failing(100)).toBe(10 + 0.2 * 100);
    await app.clock.advance(5000);
    expect(await failing(10)).toBe(2);
    await app.clock.advance(30_000);
    expect(await failing(1)).toBe(3);
  });

  it('stops waiting when the caller aborts, with the signal’s reason', async () => {
    app = await startApplication();
    const abort = new AbortController();
    const { at, run } = attempts({ retry: { baseDelay: '1h' } }, [Infinity], abort.signal);
    expect(await stateOf(run)).toBe('pending');
    abort.abort('enough');
    await expect(run).rejects.toBe('enough');
    await app.clock.advance(10 * 3_600_000);
    expect(at).toHaveLength(1);
    expect(app.told.at(-1)).toMatchObject({ type: 'retry.suppressed', reason: 'aborted' });
  });

  it('survives hooks that throw', async () => {
    app = await startApplication();
    const policy = {
      retry: {
        baseDelay: 0,
        onRetry: () => {
          throw new Error('hook');
        },
      },
    };
    const { run } = attempts(policy, [new Error('once')]);
    await expect(run).resolves.toBe('fine');
  });

  it('lets timers and aborts run between many retries without a wait', async () => {
    app = await startApplication();
    const abort = new AbortController();
    setTimeout(() => abort.abort('enough'), 0);
    const policy = { retry: { maxRetries: 1_000_000_000, baseDelay: 0, budget: false as const } };
    const { run } = attempts(policy, [Infinity], abort.signal);
    await expect(run).rejects.toBe('enough');
  });
});

describe('closing the application', () => {
  it('ends a wait with the last error', async () => {
    app = await startApplication();
    const error = new Error('mine');
    const { run } = attempts({ retry: { baseDelay: '1h' } }, [error]);
    expect(await stateOf(run)).toBe('pending');
    await app.module.close();
    await expect(run).rejects.toBe(error);
    expect(app.clock.pending).toBe(0);
  });

  it('ends a running attempt, whose signal aborts', async () => {
    app = await startApplication();
    let signal: AbortSignal | undefined;
    const run = app.service.execute({}, (attempt) => {
      signal = attempt.signal;
      return new Promise(() => undefined);
    });
    expect(await stateOf(run)).toBe('pending');
    await app.module.close();
    await expect(run).rejects.toBeInstanceOf(ShutdownException);
    expect(signal?.aborted).toBe(true);
  });
});

describe('a timeout', () => {
  it('of an attempt rejects at once and is repeated; what the attempt does later is ignored', async () => {
    app = await startApplication();
    const signals: AbortSignal[] = [];
    const run = app.service.execute({ timeout: '1s', retry: { maxRetries: 1, baseDelay: 0 } }, (attempt) => {
      signals.push(attempt.signal);
      return new Promise((_resolve, reject) => app.clock.setTimeout(() => reject(new Error('late')), 5000));
    });
    run.catch(() => undefined);
    await app.clock.advance(1999);
    expect(await stateOf(run)).toBe('pending');
    await app.clock.advance(1);
    await expect(run).rejects.toBeInstanceOf(TimeoutException);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    await app.clock.advance(10_000);
  });

  it('of the whole call counts waits too', async () => {
    app = await startApplication();
    const policy = {
      timeout: { total: '10s' },
      retry: { backoff: 'constant', jitter: 'none', baseDelay: '4s' },
    } as const;
    const { at, run } = attempts(policy, [Infinity]);
    await app.clock.advance(20_000);
    await expect(run).rejects.toThrow('always');
    expect(at).toEqual([0, 4000, 8000]);
  });
});

describe('a circuit', () => {
  it('in half-open admits exactly halfOpenMaxCalls of 20 concurrent callers', async () => {
    app = await startApplication({
      policies: {
        p: { circuitBreaker: { failureThreshold: 1, halfOpenMaxCalls: 3, recoveryTimeout: '1s' } },
      },
    });
    await expect(app.service.execute('p', () => Promise.reject(new Error('x')))).rejects.toThrow('x');
    await app.clock.advance(1000);
    let ran = 0;
    const calls = Array.from({ length: 20 }, () =>
      app.service.execute('p', () => ++ran && new Promise(() => undefined)),
    );
    const states = await Promise.all(calls.map(stateOf));
    expect(ran).toBe(3);
    expect(states.filter((state) => state === 'rejected')).toHaveLength(17);
    for (const call of calls) call.catch((error: unknown) => expect(error).toBeInstanceOf(Error));
  });

  it('is kept per key, and forgotten when it is idle', async () => {
    app = await startApplication({
      policies: { p: { circuitBreaker: { failureThreshold: 1, idleTtl: '1m' } } },
    });
    const call = (key: string, fail: boolean) =>
      app.service.execute('p', () => (fail ? Promise.reject(new Error('x')) : Promise.resolve('fine')), {
        key,
      });
    await expect(call('a', true)).rejects.toThrow('x');
    await expect(call('a', false)).rejects.toBeInstanceOf(CircuitOpenException);
    await expect(call('b', false)).resolves.toBe('fine');
    expect(app.circuits.get('p[a]')?.state).toBe('open');
    await app.clock.advance(60_000);
    expect([...app.circuits].map(({ name }) => name)).toEqual(['p[a]']);
  });

  it('tells its transitions, and obeys the hand', async () => {
    app = await startApplication({
      policies: { p: { circuitBreaker: { failureThreshold: 1, recoveryTimeout: '1s' } } },
    });
    const call = () => app.service.execute('p', () => 'fine');
    await app.service.execute('p', () => Promise.reject(new Error('x'))).catch(() => undefined);
    await expect(call()).rejects.toMatchObject({ circuit: 'p', retryAfter: 1000, cause: new Error('x') });
    await app.clock.advance(1000);
    await call();
    app.circuits.get('p')?.forceOpen();
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
