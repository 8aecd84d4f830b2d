import { afterEach, describe, expect, it } from '@jest/globals';
import { ResilienceEvents } from 'nestjs-breakwater';
import { startApplication } from '../support/application.js';
import type { TestApplication } from '../support/application.js';
import { attempts, begin, fail, succeed } from '../support/calls.js';

let app: TestApplication;
afterEach(() => app.module.close());

const withCircuit = async (circuitBreaker: object) => {
  app = await startApplication({ policies: { p: { circuitBreaker } } });
  return () => app.circuits.get('p')?.state;
};

describe('the traps of nestjs-resilience', () => {
  it('three retries are three retries, whatever the backoff', async () => {
    app = await startApplication();
    for (const backoff of ['constant', 'linear', 'exponential', () => 100] as const) {
      const { at, run } = attempts(
        app,
        { retry: { maxRetries: 3, backoff } },
        Array(9).fill(new Error('down')),
      );
      await app.clock.advance(60_000);
      await expect(run).rejects.toThrow('down');
      expect(at).toHaveLength(4);
    }
  });

  it('a half-open circuit with 20 concurrent callers admits exactly halfOpenMaxCalls', async () => {
    await withCircuit({ failureThreshold: 1, recoveryTimeout: '1s', halfOpenMaxCalls: 3 });
    await fail(app, 'p');
    await app.clock.advance(1000);
    const calls = Array.from({ length: 20 }, () => begin(app, 'p'));
    expect(calls.filter((call) => call.hasBegun())).toHaveLength(3);
    for (const call of calls.slice(3)) await expect(call.result).rejects.toMatchObject({ circuit: 'p' });
    await Promise.all(calls.slice(0, 3).map((call) => call.succeed()));
  });

  it('the failure rate is a share of the calls, and judged after each of them', async () => {
    const state = await withCircuit({ failureRate: 0.5, minimumCalls: 5, window: '1h' });
    await succeed(app, 'p', 6);
    await fail(app, 'p', 5);
    expect([state(), app.circuits.get('p')?.metrics.failureRate]).toEqual(['closed', 5 / 11]);
    await fail(app, 'p');
    expect(state()).toBe('open');
  });

  it('a circuit stays open for its recovery timeout although its window is shorter', async () => {
    await withCircuit({ failureRate: 0.5, minimumCalls: 1, window: '1s', recoveryTimeout: '1m' });
    await fail(app, 'p');
    await app.clock.advance(59_999);
    await expect(succeed(app, 'p')).rejects.toMatchObject({ retryAfter: 1 });
    await app.clock.advance(1);
    await succeed(app, 'p');
  });

  it('tenants have circuits of their own', async () => {
    await withCircuit({ failureThreshold: 1 });
    const call = (key: string, work: () => Promise<string>) => app.service.execute('p', work, { key });
    await expect(call('a', () => Promise.reject(new Error('down')))).rejects.toThrow('down');
    await expect(call('b', async () => 'fine')).resolves.toBe('fine');
    expect(app.circuits.snapshot().map(({ name, state }) => `${name} ${state}`)).toEqual([
      'p[a] open',
      'p[b] closed',
    ]);
  });

  it('failures of calls that run at the same time are all counted', async () => {
    const state = await withCircuit({ failureThreshold: 20 });
    const calls = Array.from({ length: 20 }, () => begin(app, 'p'));
    await Promise.all(calls.slice(1).map((call) => call.fail()));
    expect([state(), app.circuits.get('p')?.metrics.consecutiveFailures]).toEqual(['closed', 19]);
    await calls[0]?.fail();
    expect(state()).toBe('open');
  });

  it('every call has all its retries, one inside another too', async () => {
    app = await startApplication({
      policies: { p: { retry: { maxRetries: 2, baseDelay: 0, budget: false } } },
    });
    const runs: string[] = [];
    const inner = () => {
      runs.push('inner');
      throw new Error('down');
    };
    const outer = () => {
      runs.push('outer');
      return app.service.execute('p', inner);
    };
    await expect(app.service.execute('p', outer)).rejects.toThrow('down');
    expect(runs.join(' ')).toBe(Array(3).fill('outer inner inner inner').join(' '));
  });

  it('a listener can be taken away again', async () => {
    await withCircuit({ failureThreshold: 1 });
    const heard: string[] = [];
    const stop = app.module.get(ResilienceEvents).on('circuit.opened', ({ name }) => heard.push(name));
    await fail(app, 'p');
    stop();
    app.circuits.reset();
    await fail(app, 'p');
    expect(heard).toEqual(['p']);
  });

  it('a refusal tells the circuit, when to come back, and the failure behind it', async () => {
    await withCircuit({ failureThreshold: 1, recoveryTimeout: '1s' });
    const cause = new Error('down');
    await fail(app, 'p', 1, cause);
    await expect(succeed(app, 'p')).rejects.toMatchObject({ circuit: 'p', retryAfter: 1000, cause });
  });

  it('an attempt is given a signal that the caller’s abort reaches', async () => {
    app = await startApplication();
    const abort = new AbortController();
    let reason: unknown;
    const hang = ({ signal }: { signal: AbortSignal }) =>
      new Promise(() => signal.addEventListener('abort', () => void (reason = signal.reason)));
    const run = app.service.execute({ retry: {} }, hang, { signal: abort.signal });
    abort.abort('left');
    await expect(run).rejects.toBe('left');
    expect(reason).toBe('left');
  });
});
