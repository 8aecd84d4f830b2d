import { afterEach, describe, expect, it } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { ResilienceEvents, TimeoutException } from 'nestjs-breakwater';
import { startApplication, stateOf } from '../support/application.js';
import type { TestApplication } from '../support/application.js';
import { attempts, begin, fail, succeed } from '../support/calls.js';
import { ways } from '../support/ways.js';

let app: TestApplication;
afterEach(() => app.module.close());

describe.each(ways)('the traps of cockatiel, by %s', (_way, start) => {
  const withCircuit = async (options: object) => {
    app = await start(options);
    return () => app.circuits.get('p')?.state;
  };

  it('an abort during a backoff ends the wait at once and makes no further attempt', async () => {
    app = await startApplication();
    const abort = new AbortController();
    const down = [new Error('down')];
    const { at, run } = attempts(app, { retry: { baseDelay: '1h' } }, down, { signal: abort.signal });
    expect(await stateOf(run)).toBe('pending');
    abort.abort('left');
    expect(await stateOf(run)).toBe('rejected');
    await expect(run).rejects.toBe('left');
    await app.clock.advance(3 * 3_600_000);
    expect(at).toEqual([0]);
  });

  it('the multiplier counts whatever the jitter', async () => {
    app = await startApplication({ random: () => 0.5 });
    const waits = async (jitter: 'none' | 'full' | 'equal') => {
      const retry = { baseDelay: 100, multiplier: 3, jitter };
      const start = app.clock.now();
      const { at } = attempts(app, { retry }, Array(3).fill(new Error('down')));
      await app.clock.advance(10_000);
      return at.slice(1).map((moment, index) => moment - (at[index] ?? start));
    };
    expect(await waits('none')).toEqual([100, 300, 900]);
    expect(await waits('full')).toEqual([50, 150, 450]);
    expect(await waits('equal')).toEqual([75, 225, 675]);
  });

  it('after ten idle minutes the failures of before do not count', async () => {
    const state = await withCircuit({ failureRate: 0.5, minimumCalls: 5, window: '10s' });
    await fail(app, 'p', 4);
    await app.clock.advance(605_000);
    await fail(app, 'p');
    expect(state()).toBe('closed');
    expect(app.circuits.get('p')?.metrics).toMatchObject({ calls: 1, failures: 1 });
  });

  it('a failure from before the opening does not disturb the trial that closes the circuit', async () => {
    const state = await withCircuit({ failureThreshold: 1, recoveryTimeout: '1s' });
    const early = begin(app, 'p');
    await fail(app, 'p');
    await app.clock.advance(1000);
    const trial = begin(app, 'p');
    await early.fail();
    expect(state()).toBe('half-open');
    await trial.succeed();
    expect(state()).toBe('closed');
  });

  it('callers beyond the trials are refused at once and wait for nobody', async () => {
    await withCircuit({ failureThreshold: 1, recoveryTimeout: '1s' });
    await fail(app, 'p');
    await app.clock.advance(1000);
    const [trial, ...others] = Array.from({ length: 20 }, () => begin(app, 'p'));
    expect(trial?.hasBegun()).toBe(true);
    for (const other of others) await expect(other.result).rejects.toMatchObject({ circuit: 'p' });
    await trial?.succeed();
  });

  it('a trial that hangs does not hold up those who come after it', async () => {
    const state = await withCircuit({ failureThreshold: 1, recoveryTimeout: '1s', halfOpenTimeout: '2s' });
    await fail(app, 'p');
    await app.clock.advance(1000);
    const hung = begin(app, 'p');
    await app.clock.advance(3000);
    await succeed(app, 'p');
    expect(state()).toBe('closed');
    await hung.fail();
    expect(app.circuits.get('p')?.metrics.consecutiveFailures).toBe(0);
  });

  it('the caller’s abort is not told as a timeout, and keeps its reason', async () => {
    app = await startApplication();
    const abort = new AbortController();
    const { result } = begin(app, { timeout: { attempt: '1s', total: '5s' } }, { signal: abort.signal });
    abort.abort('left');
    await expect(result).rejects.toBe('left');
    await app.clock.advance(10_000);
    expect(app.told).toEqual([]);
  });

  it('an answer that shows the upstream at work ends the failures in a row', async () => {
    const state = await withCircuit({ failureThreshold: 5 });
    await fail(app, 'p', 4);
    await fail(app, 'p', 1, Object.assign(new Error('no such order'), { status: 404 }));
    await fail(app, 'p', 4);
    expect(state()).toBe('closed');
    await fail(app, 'p');
    expect(state()).toBe('open');
  });

  it('a wall clock set back an hour changes nothing', async () => {
    const state = await withCircuit({ failureThreshold: 1, recoveryTimeout: '1s' });
    await fail(app, 'p');
    app.clock.epoch -= 3_600_000;
    expect(app.circuits.get('p')?.retryAfter).toBe(1000);
    await app.clock.advance(1000);
    await succeed(app, 'p');
    expect(state()).toBe('closed');
  });

  it('a listener that throws breaks no call and leaves the circuit as it should be', async () => {
    const state = await withCircuit({ failureThreshold: 1 });
    app.module.get(ResilienceEvents).on('circuit.opened', () => {
      throw new Error('listener');
    });
    const error = new Error('down');
    await expect(fail(app, 'p', 1, error)).resolves.toBe(error);
    expect(state()).toBe('open');
  });

  it('an attempt that ran out of time has its signal aborted, and nobody hears of its late failure', async () => {
    app = await startApplication();
    let signal: AbortSignal | undefined;
    const run = app.service.execute({ timeout: '1s' }, (attempt) => {
      ({ signal } = attempt);
      return new Promise((_, reject) => app.clock.setTimeout(() => reject(new Error('late')), 5000));
    });
    run.catch(() => undefined);
    await app.clock.advance(1000);
    await expect(run).rejects.toBeInstanceOf(TimeoutException);
    expect(signal?.aborted).toBe(true);
    await app.clock.advance(10_000);
  });

  it('ten thousand calls leave no listener on the signal that they share', async () => {
    app = await startApplication();
    const { signal } = new AbortController();
    const policy = { timeout: { total: '5s' }, retry: {} };
    for (let call = 0; call < 10_000; call++) await app.service.execute(policy, () => call, { signal });
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
