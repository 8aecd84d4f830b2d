import { afterEach, describe, expect, it } from '@jest/globals';
import { BulkheadFullException } from 'nestjs-breakwater';
import { startApplication } from '../support/application.js';
import type { TestApplication } from '../support/application.js';
import { begin, fail, succeed } from '../support/calls.js';
import { ways } from '../support/ways.js';

let app: TestApplication;
afterEach(() => app.module.close());

describe.each(ways)('the traps of opossum, by %s', (_way, start) => {
  const withCircuit = async (options: object) => {
    app = await start(options);
    return () => app.circuits.get('p')?.state;
  };

  it('the refusals of a full bulkhead do not open the circuit', async () => {
    const state = await withCircuit({ failureThreshold: 1, failureRate: 0.1, minimumCalls: 1 });
    await fail(app, 'p', 100, new BulkheadFullException());
    expect(state()).toBe('closed');
    expect(app.circuits.get('p')?.metrics.calls).toBe(0);
  });

  it('the first failure opens no circuit that has its defaults', async () => {
    app = await startApplication({
      policies: { counts: { circuitBreaker: {} }, rates: { circuitBreaker: { failureRate: 0.5 } } },
    });
    const states = () => [...app.circuits].map(({ state }) => state);
    await Promise.all([fail(app, 'counts', 4), fail(app, 'rates', 9)]);
    expect(states()).toEqual(['closed', 'closed']);
    await Promise.all([fail(app, 'counts'), fail(app, 'rates')]);
    expect(states()).toEqual(['open', 'open']);
  });

  it('a trial that never settles does not shut everybody out for ever', async () => {
    const state = await withCircuit({ failureThreshold: 1, recoveryTimeout: '1s' });
    await fail(app, 'p');
    await app.clock.advance(1000);
    begin(app, 'p').result.catch(() => undefined);
    await expect(begin(app, 'p').result).rejects.toMatchObject({ circuit: 'p' });
    await app.clock.advance(2000);
    await succeed(app, 'p');
    expect(state()).toBe('closed');
  });

  it('a success from before the opening closes neither an open circuit nor a half-open one', async () => {
    const state = await withCircuit({ failureThreshold: 1, recoveryTimeout: '1s' });
    const [first, second] = [begin(app, 'p'), begin(app, 'p')];
    await fail(app, 'p');
    await first.succeed();
    expect(state()).toBe('open');
    await app.clock.advance(1000);
    const trial = begin(app, 'p');
    await second.succeed();
    expect(state()).toBe('half-open');
    await trial.fail();
    expect(state()).toBe('open');
  });

  it('a circuit that has closed counts from nothing', async () => {
    const rate = { failureRate: 0.5, minimumCalls: 2, window: '1h', recoveryTimeout: '1s' };
    const state = await withCircuit({ ...rate, failureThreshold: 3 });
    await fail(app, 'p', 2);
    expect(state()).toBe('open');
    await app.clock.advance(1000);
    await succeed(app, 'p');
    expect(app.circuits.get('p')?.metrics).toMatchObject({ calls: 0, failures: 0, consecutiveFailures: 0 });
    await fail(app, 'p');
    expect(state()).toBe('closed');
  });

  it('calls that were refused do not thin out the failure rate', async () => {
    await withCircuit({ failureRate: 0.5, minimumCalls: 2, window: '1h', recoveryTimeout: '1s' });
    await fail(app, 'p', 2);
    const before = app.circuits.get('p')?.metrics;
    await fail(app, 'p', 50);
    expect(before).toMatchObject({ calls: 2, failureRate: 1 });
    expect(app.circuits.get('p')?.metrics).toEqual({ ...before, rejected: 50 });
  });

  it('an ignored error neither closes nor opens a half-open circuit, and hands its permit back', async () => {
    const recordAs = (error: unknown) => (error === 'ignored' ? 'ignore' : 'failure');
    const state = await withCircuit({ failureThreshold: 1, recoveryTimeout: '1s', recordAs });
    await fail(app, 'p');
    await app.clock.advance(1000);
    await fail(app, 'p', 3, 'ignored');
    expect(state()).toBe('half-open');
    await succeed(app, 'p');
    expect(state()).toBe('closed');
  });

  it('circuits own no timer, whatever their state and window', async () => {
    app = await startApplication({
      policies: { p: { circuitBreaker: { failureThreshold: 1, failureRate: 0.5 } } },
    });
    for (let key = 0; key < 100; key++) {
      const work = () => (key % 2 ? 'fine' : Promise.reject(new Error('down')));
      await app.service.execute('p', work, { key: `${key}` }).catch(() => undefined);
    }
    await app.clock.advance(1000);
    expect([...app.circuits].filter(({ state }) => state === 'open')).toHaveLength(50);
    expect(app.clock.pending).toBe(0);
  });

  it('what a circuit remembers is bounded by its window', async () => {
    await withCircuit({ failureRate: 1, window: { calls: 10 } });
    await succeed(app, 'p', 1000);
    expect(app.circuits.get('p')?.metrics.calls).toBe(10);
  });
});
