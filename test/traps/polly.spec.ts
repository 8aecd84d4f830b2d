import { afterEach, describe, expect, it } from '@jest/globals';
import { startApplication } from '../support/application.js';
import type { TestApplication } from '../support/application.js';
import { attempts, begin, fail, succeed } from '../support/calls.js';
import { ways } from '../support/ways.js';

let app: TestApplication;
afterEach(() => app.module.close());

const HOUR = 3_600_000;

describe.each(ways)('the traps of Polly, by %s', (_way, start) => {
  const withCircuit = async (options: object) => {
    app = await start(options);
    return () => app.circuits.get('p')?.state;
  };

  it('a trial that never ends keeps the circuit half-open no longer than halfOpenTimeout', async () => {
    await withCircuit({ failureThreshold: 1, recoveryTimeout: '5s', halfOpenTimeout: '2s' });
    await fail(app, 'p');
    await app.clock.advance(5000);
    begin(app, 'p').result.catch(() => undefined);
    await app.clock.advance(2000);
    await expect(succeed(app, 'p')).rejects.toMatchObject({ retryAfter: 5000 });
    await app.clock.advance(5000);
    await succeed(app, 'p');
  });

  it('a trial that its caller cancels does not close the circuit, and makes room for another', async () => {
    const state = await withCircuit({ failureThreshold: 1, recoveryTimeout: '1s' });
    await fail(app, 'p');
    await app.clock.advance(1000);
    const abort = new AbortController();
    const trial = begin(app, 'p', { signal: abort.signal });
    abort.abort('left');
    await trial.fail(abort.signal.reason);
    await expect(trial.result).rejects.toBe('left');
    expect(state()).toBe('half-open');
    await fail(app, 'p');
    expect(state()).toBe('open');
  });

  it('results of calls from before the opening do not count among the trials', async () => {
    const state = await withCircuit({ failureThreshold: 1, recoveryTimeout: '1s', successThreshold: 2 });
    const early = Array.from({ length: 5 }, () => begin(app, 'p'));
    await fail(app, 'p');
    await app.clock.advance(1000);
    await succeed(app, 'p');
    for (const call of early) await call.succeed();
    expect(state()).toBe('half-open');
    await succeed(app, 'p');
    expect(state()).toBe('closed');
  });

  it('a server that asks for an hour is not waited for', async () => {
    app = await startApplication();
    const busy = Object.assign(new Error('busy'), { headers: { 'retry-after': '3600' } });
    const { at, run } = attempts(app, { retry: {} }, [busy]);
    await expect(run).rejects.toBe(busy);
    expect([at, app.clock.now()]).toEqual([[0], 0]);
  });

  it('a wall clock that jumps by an hour moves neither the end of an open period nor of a window', async () => {
    const rate = { failureRate: 0.5, minimumCalls: 3, window: '10s', recoveryTimeout: '10s' };
    const state = await withCircuit(rate);
    for (const jump of [HOUR, -2 * HOUR]) {
      await fail(app, 'p', 2);
      app.clock.epoch += jump;
      expect(app.circuits.get('p')?.metrics.calls).toBe(2);
      await fail(app, 'p');
      app.clock.epoch += jump;
      await app.clock.advance(9999);
      await expect(succeed(app, 'p')).rejects.toMatchObject({ retryAfter: 1 });
      await app.clock.advance(1);
      await succeed(app, 'p');
      expect(state()).toBe('closed');
    }
  });

  it('a backoff of a thousand doublings stays at its cap', async () => {
    app = await startApplication();
    const retry = { maxRetries: 1200, baseDelay: 1, maxDelay: 4, jitter: 'none', budget: false } as const;
    const { at, run } = attempts(app, { retry }, Array(1200).fill(new Error('down')));
    await app.clock.advance(10_000);
    await expect(run).resolves.toBe('fine');
    expect(at.slice(0, 5)).toEqual([0, 1, 3, 7, 11]);
    expect(at.at(-1)).toBe(7 + 4 * 1198 - 4);
  });

  it('a failure that is told again with every refusal does not grow', async () => {
    await withCircuit({ failureThreshold: 1 });
    const cause = new Error('down');
    const before = cause.stack;
    await fail(app, 'p', 1, cause);
    const refusal = await fail(app, 'p', 1000);
    expect((refusal as Error).cause).toBe(cause);
    expect([cause.stack, cause.cause]).toEqual([before, undefined]);
  });
});
