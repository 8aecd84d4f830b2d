import { describe, expect, it } from '@jest/globals';
import { startApplication } from '../support/application.js';
import { seeded } from '../support/seeded.js';

/** Mostly 5 to 15 ms; now and then a server is busy with something else for up to two seconds. */
function latencyOf(random: () => number): number {
  return random() < 0.02 ? 200 + 1800 * random() : 5 + 10 * random();
}

/** Runs many calls on virtual time; returns the latency of the slowest thousandth, and the requests that were sent. */
async function simulate(hedge: object | false, calls: number) {
  const app = await startApplication({ policies: { search: { hedge: hedge } } });
  const random = seeded(2013);
  const latencies: number[] = [];
  let requests = 0;
  const call = async () => {
    const started = app.clock.now();
    await app.service.execute('search', () => {
      requests++;
      return new Promise<void>((done) => app.clock.setTimeout(done, latencyOf(random)));
    });
    latencies.push(app.clock.now() - started);
  };
  for (let round = 0; round < calls / 100; round++) {
    const together = Array.from({ length: 100 }, call);
    await app.clock.advance(2500);
    await Promise.all(together);
  }
  await app.module.close();
  latencies.sort((a, b) => a - b);
  return { p999: latencies[Math.floor(calls * 0.999)], requests };
}

describe('hedging', () => {
  // Dean and Barroso, "The Tail at Scale", 2013: a hedge after the 95th percentile cuts the tail for a few requests more
  it.each([
    ['after 20 ms', { delay: 20 }],
    ['after the observed 98th percentile', { delay: 'p98' }],
  ])(
    '%s makes the slowest thousandth at least five times as fast for at most 5 %% more requests',
    async (_when, hedge) => {
      const calls = 5000;
      const bare = await simulate(false, calls);
      const hedged = await simulate(hedge, calls);
      expect(bare.requests).toBe(calls);
      expect(bare.p999 / hedged.p999).toBeGreaterThan(5);
      expect(hedged.requests / calls).toBeLessThan(1.05);
    },
    30_000,
  );
});
