import { afterEach, describe, expect, it } from '@jest/globals';
import type { PolicyOptions } from 'nestjs-breakwater';
import { stateOf } from '../support/application.js';
import { causeOf } from '../support/http-way.js';
import { strategyWays } from '../support/strategy-ways.js';
import type { Scenario } from '../support/strategy-ways.js';

let app: Scenario;
afterEach(() => app.stop());

class Stop extends Error {}

const broken = (): never => {
  throw new Error('a bug of a rule');
};

/** A body that always fails, and counts its runs. */
function failing(error: Error) {
  const work = () => {
    work.runs++;
    throw error;
  };
  work.runs = 0;
  return work;
}

describe.each(strategyWays)('through %s, a hedge', (_way, start) => {
  it.each<[string, PolicyOptions]>([
    ['classify', { classify: broken }],
    ['abortOn', { retry: { abortOn: broken } }],
    ['retryOn', { retry: { retryOn: broken } }],
  ])('whose %s throws ends the call with its own error', async (_what, policy) => {
    app = await start({ ...policy, hedge: { delay: '10s' } });
    const work = failing(new Error('down'));
    const run = app.run(work).catch((error: unknown) => error);
    await app.settle();
    expect(await stateOf(run)).toBe('fulfilled');
    expect(causeOf(await run)).toMatchObject({ message: 'down' });
    expect(work.runs).toBe(1);
    expect(app.settled).toMatchObject([{ outcome: 'failure', attempts: 1 }]);
  });

  it('whose key throws ends the call with that error, and tells its end', async () => {
    app = await start({ hedge: { delay: 'p95', key: broken } });
    const run = app.run(() => 'fine').catch((error: unknown) => error);
    await app.settle();
    const error = await run;
    // a way that brings keys of its own asks nobody
    if (error === 'fine') return expect(app.settled).toMatchObject([{ outcome: 'success' }]);
    expect(error).toMatchObject({ message: 'a bug of a rule' });
    expect(app.settled).toMatchObject([{ outcome: 'failure', attempts: 0 }]);
  });

  it.each<[string, PolicyOptions]>([
    ['abortOn names', { retry: { abortOn: (error) => causeOf(error) instanceof Stop } }],
    ['retryOn does not name', { retry: { retryOn: () => false } }],
  ])('is not started for an error that %s', async (_what, policy) => {
    app = await start({ ...policy, hedge: { delay: '10s', maxHedges: 3 } });
    const work = failing(new Stop('for good'));
    const run = app.run(work).catch((error: unknown) => error);
    await app.settle();
    expect(causeOf(await run)).toMatchObject({ message: 'for good' });
    expect(work.runs).toBe(1);
  });
});
