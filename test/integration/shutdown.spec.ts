import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { RateLimit, Timeout } from 'nestjs-breakwater';
import type { PolicyOptions } from 'nestjs-breakwater';
import { startApplication, stateOf } from '../support/application.js';
import { strategyWays } from '../support/strategy-ways.js';
import type { Scenario } from '../support/strategy-ways.js';

let app: Pick<Scenario, 'module' | 'clock'> & Partial<Pick<Scenario, 'stop'>>;
afterEach(() => app.stop?.() ?? app.module.close());

const never = () => new Promise<never>(() => undefined);
const quiet = (promise: Promise<unknown>) => (promise.catch(() => undefined), promise);

/** Fails at first, and then takes for ever. */
function failingOnce(error: Error): () => Promise<never> {
  let calls = 0;
  return () => (++calls === 1 ? Promise.reject(error) : never());
}

/** Policies whose second attempt waits or runs when the application closes. */
const waits: [where: string, policy: PolicyOptions][] = [
  ['its backoff', { retry: { baseDelay: '1h' } }],
  ['the line of a rate limit', { rateLimit: { limit: 1, interval: '1h', maxWait: '2h' } }],
  ['an attempt with a time limit', { timeout: '1h' }],
  ['an attempt of a call with a time limit', { timeout: { total: '1h' } }],
  ['an attempt that may be hedged', { hedge: { delay: '1h' } }],
];

describe.each(strategyWays)('when the application closes, a call through %s', (_way, start) => {
  it.each(waits)('that has failed before rejects with its last error: in %s', async (_where, policy) => {
    const scenario = (app = await start({ retry: { baseDelay: 0 }, ...policy }));
    const error = new Error('mine');
    const run = quiet(scenario.run(failingOnce(error)));
    await scenario.settle();
    expect(await stateOf(run)).toBe('pending');
    await app.module.close();
    await expect(run).rejects.toBe(error);
    expect(app.clock.pending).toBe(0);
  });

  it('that has failed before rejects with its last error: in the line of a bulkhead', async () => {
    const policy = {
      retry: { baseDelay: 10, jitter: 'none' as const },
      bulkhead: { maxConcurrent: 1, maxQueue: 1 },
    };
    const scenario = (app = await start(policy));
    const error = new Error('mine');
    const run = quiet(scenario.run(failingOnce(error)));
    await scenario.settle();
    void quiet(scenario.run(never));
    await app.clock.advance(10);
    await scenario.settle();
    expect(await stateOf(run)).toBe('pending');
    await app.module.close();
    await expect(run).rejects.toBe(error);
    expect(app.clock.pending).toBe(0);
  });

  it('whose hedge has failed rejects with that error', async () => {
    const scenario = (app = await start({ hedge: { delay: '1h' } }));
    const error = new Error('mine');
    const run = quiet(scenario.run(failingOnce(error)));
    await scenario.settle();
    expect(await stateOf(run)).toBe('pending');
    await app.module.close();
    await expect(run).rejects.toBe(error);
  });

  it.each<[string, PolicyOptions]>([
    ['a bulkhead', { bulkhead: { maxConcurrent: 1, maxQueue: 1 } }],
    ['a rate limit', { rateLimit: { limit: 1, interval: '1h', maxWait: '2h' } }],
  ])('that would have to wait for %s afterwards is told why it cannot', async (_what, policy) => {
    const scenario = (app = await start(policy));
    await app.module.close();
    void quiet(scenario.run(never));
    await expect(scenario.run(never)).rejects.toMatchObject({ code: 'RESILIENCE_SHUTDOWN' });
    expect(app.clock.pending).toBe(0);
  });
});

/** Calls when it is told of the end. */
@Injectable()
class Farewell {
  said = '';

  @Timeout('1h')
  @RateLimit({ limit: 10, interval: '1s' })
  async say(what: string): Promise<string> {
    return what;
  }

  async onApplicationShutdown(): Promise<void> {
    // the tests’ clean-up closes a second time
    this.said ||= await this.say('bye');
  }
}

it('a call that a shutdown hook makes is carried out, and leaves no timer', async () => {
  const { module, clock } = (app = await startApplication({}, Farewell));
  await module.close();
  expect(module.get(Farewell).said).toBe('bye');
  expect(clock.pending).toBe(0);
});
