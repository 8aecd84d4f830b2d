import { afterEach, describe, expect, it } from '@jest/globals';
import { CircuitOpenException, UpstreamHttpException } from 'nestjs-breakwater';
import type { RetryOptions } from 'nestjs-breakwater';
import { startApplication } from '../support/application.js';
import type { TestApplication } from '../support/application.js';
import { attempts, fail } from '../support/calls.js';

let app: TestApplication;
afterEach(() => app.module.close());

const busy = (headers: object, status = 503) =>
  Object.assign(new Error('busy'), { response: { status, headers } });
const asks = (seconds: number | string) => busy({ 'retry-after': `${seconds}` });

/** When the attempts begin whose first failure asks for a wait. */
async function begins(retry: RetryOptions, failures: unknown[], random = 0.5): Promise<number[]> {
  app = await startApplication({ random: () => random });
  const { at } = attempts(app, { retry }, failures);
  await app.clock.advance(600_000);
  return at;
}

describe('a server that says when to come back', () => {
  it.each([
    ['plain headers of a response', busy({ 'Retry-After': '20' })],
    ['Headers of a response', busy(new Headers({ 'retry-after': '20' }))],
    ['headers of the error', Object.assign(new Error('busy'), { headers: { 'retry-after': '20' } })],
    [
      'upstreamHeaders',
      new UpstreamHttpException({ upstreamStatus: 503, upstreamHeaders: { 'retry-after': '20' } }),
    ],
    ['a wrapped error', new Error('outer', { cause: asks(20) })],
    ['milliseconds', busy({ 'retry-after-ms': '20000' })],
    ['a fraction of a second', busy({ 'retry-after': '20.000' })],
    ['an HTTP-date', busy({ 'retry-after': 'Thu, 01 Jan 2026 00:00:20 GMT' })],
    ['RateLimit', busy({ ratelimit: '"default";r=0;t=20' }, 429)],
    [
      'X-RateLimit-Reset as an epoch',
      busy({ 'x-ratelimit-reset': `${Date.UTC(2026, 0, 1) / 1000 + 20}` }, 429),
    ],
  ])('is obeyed by %s', async (_name, error) => {
    expect(await begins({ baseDelay: '1s' }, [error], 0)).toEqual([0, 20_000]);
  });

  it('is obeyed by a returned Response too', async () => {
    app = await startApplication({ random: () => 0 });
    const answers = [
      new Response('', { status: 503, headers: { 'retry-after': '20' } }),
      new Response('fine'),
    ];
    const at: number[] = [];
    const policy = { retry: { baseDelay: '1s', retryOnResult: (result: Response) => !result.ok } };
    const run = app.service.execute(policy, () => {
      at.push(app.clock.now());
      return answers.shift();
    });
    await app.clock.advance(60_000);
    expect(at).toEqual([0, 20_000]);
    expect((await run)?.status).toBe(200);
  });

  it.each([
    [0, 20_000],
    [0.5, 21_000],
    [0.999_999, 22_000],
  ])('is never asked earlier, and at most a tenth later: chance %d', async (chance, expected) => {
    const [, second = NaN] = await begins({ baseDelay: '1s' }, [asks(20)], chance);
    expect(second).toBeCloseTo(expected, 0);
    expect(second).toBeGreaterThanOrEqual(20_000);
    expect(second).toBeLessThanOrEqual(22_000);
  });

  it.each([
    ['half a second', busy({ 'retry-after': '0.5' }), 500],
    [
      'a reset in epoch milliseconds',
      busy({ 'x-ratelimit-reset': `${Date.UTC(2026, 0, 1) + 1500}` }, 429),
      1500,
    ],
    ["GitHub's secondary limit", busy({ 'retry-after': '60' }, 403), 60_000],
  ])('is obeyed to the millisecond: %s', async (_what, error, wait) => {
    expect(await begins({ jitter: 'none' }, [error])).toEqual([0, wait]);
  });

  it.each([
    ['not to retry a 503', busy({ 'stripe-should-retry': 'false' }, 503), 1],
    ['not to retry a 429', busy({ 'x-should-retry': 'false', 'retry-after': '1' }, 429), 1],
    ['to retry a 409', busy({ 'stripe-should-retry': 'true' }, 409), 2],
  ])('is obeyed where it orders %s', async (_what, error, count) => {
    expect(await begins({}, [error])).toHaveLength(count);
  });

  it('moves the circuit by its status, whatever it orders', async () => {
    app = await startApplication({ policies: { p: { circuitBreaker: { failureThreshold: 1 } } } });
    const order = (status: number, word: string) => busy({ 'x-should-retry': word }, status);
    await attempts(app, 'p', [order(409, 'true')]).run.catch(() => undefined);
    expect(app.circuits.get('p')?.state).toBe('closed');
    await attempts(app, 'p', [order(503, 'false')]).run.catch(() => undefined);
    expect(app.circuits.get('p')?.state).toBe('open');
  });

  it('is asked exactly then without jitter', async () => {
    expect(await begins({ jitter: 'none' }, [asks(20)], 0.9)).toEqual([0, 20_000]);
  });

  it('is not held to maxDelay', async () => {
    expect(await begins({ maxDelay: '5s' }, [asks(20)], 0)).toEqual([0, 20_000]);
  });

  it('replaces a longer backoff', async () => {
    expect(await begins({ baseDelay: '30s', jitter: 'none' }, [asks(2)])).toEqual([0, 2000]);
  });

  it.each([
    ['zero', asks(0)],
    ['a date of the past', asks('Wed, 31 Dec 2025 23:00:00 GMT')],
    ['an epoch of the past', busy({ 'x-ratelimit-reset': '1735689600' }, 429)],
  ])('is asked again now for %s', async (_name, error) => {
    expect(await begins({ baseDelay: '30s' }, [error])).toEqual([0, 0]);
  });

  it.each([
    ['exactly maxRetryAfter, which is waited for', 60, [0, 60_000]],
    ['more than maxRetryAfter, which is not', 61, [0]],
  ])('asks for %s', async (_name, seconds, expected) => {
    expect(await begins({}, [asks(seconds)], 0)).toEqual(expected);
  });

  it('fails the call at once with its error when it asks for more than maxRetryAfter', async () => {
    app = await startApplication();
    const error = asks(3600);
    const { run } = attempts(app, { retry: {} }, [error]);
    await expect(run).rejects.toBe(error);
    expect(app.clock.now()).toBe(0);
    expect(app.told).toMatchObject([{ type: 'retry.suppressed', reason: 'retry-after-too-long', error }]);
  });

  it.each([
    ['maxElapsed', { retry: { maxElapsed: '20s' } }],
    ['the total timeout', { retry: {}, timeout: { total: '20s' } }],
  ])('fails the call at once when it asks for more than %s leaves', async (_name, policy) => {
    app = await startApplication();
    const error = asks(20);
    const { run } = attempts(app, policy, [error]);
    await expect(run).rejects.toBe(error);
    expect(app.clock.now()).toBe(0);
    expect(app.told).toMatchObject([{ type: 'retry.suppressed', reason: 'deadline' }]);
  });

  it('is not pushed past the end of the call by the jitter', async () => {
    app = await startApplication({ random: () => 0.999 });
    const { at, run } = attempts(app, { retry: { maxElapsed: '21s' } }, [asks(20)]);
    await app.clock.advance(60_000);
    await expect(run).resolves.toBe('fine');
    expect(at[1]).toBeGreaterThanOrEqual(20_000);
    expect(at[1]).toBeLessThan(21_000);
  });

  it('is answered with the usual backoff when it cannot be understood, or is not to be respected', async () => {
    expect(await begins({ baseDelay: '3s', jitter: 'none' }, [asks('soon')])).toEqual([0, 3000]);
    await app.module.close();
    const deaf = { baseDelay: '3s', jitter: 'none', respectRetryAfter: false } as const;
    expect(await begins(deaf, [asks(20)])).toEqual([0, 3000]);
  });

  it('keeps a circuit open for as long as it asks, up to maxRecoveryTimeout', async () => {
    const circuitBreaker = { failureThreshold: 1, recoveryTimeout: '10s', maxRecoveryTimeout: '1m' };
    app = await startApplication({ policies: { p: { circuitBreaker } } });
    for (const [seconds, expected] of [
      [20, 20_000],
      [5, 10_000],
      [3600, 60_000],
    ] as const) {
      await expect(app.service.execute('p', () => Promise.reject(asks(seconds)))).rejects.toThrow('busy');
      expect(app.circuits.get('p')?.retryAfter).toBe(expected);
      app.circuits.reset();
    }
  });
});

describe('what a server has said of an attempt', () => {
  const retry = { maxRetries: 2, backoff: 'constant', baseDelay: 100, jitter: 'none' } as const;

  it('is not said again by the next one that runs out of time', async () => {
    const circuitBreaker = { failureThreshold: 3, recoveryTimeout: '1s' };
    app = await startApplication({ policies: { p: { timeout: '1s', retry, circuitBreaker } } });
    const at: number[] = [];
    const run = app.service.execute('p', ({ attempt }) => {
      at.push(app.clock.now());
      return attempt === 1 ? Promise.reject(asks(5)) : new Promise(() => undefined);
    });
    run.catch(() => undefined);
    await app.clock.advance(7100);
    expect(at).toEqual([0, 5000, 6100]);
    expect(app.circuits.get('p')?.retryAfter).toBe(1000);
  });

  it('is not said again by a circuit that refuses', async () => {
    const circuitBreaker = { failureThreshold: 1, recoveryTimeout: '1s' };
    app = await startApplication({
      policies: { p: { retry: { ...retry, retryOn: CircuitOpenException }, circuitBreaker } },
    });
    await fail(app, 'p', 1, asks(5));
    await app.clock.advance(4900);
    const { at, run } = attempts(app, 'p', []);
    await app.clock.advance(1000);
    expect([await run, at]).toEqual(['fine', [5000]]);
  });
});
