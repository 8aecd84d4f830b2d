import { afterEach, describe, expect, it } from '@jest/globals';
import { BulkheadRegistry } from 'nestjs-breakwater';
import type { BulkheadOptions } from 'nestjs-breakwater';
import { startApplication } from '../support/application.js';
import type { TestApplication } from '../support/application.js';
import { seeded } from '../support/seeded.js';
import { SteadyUpstream } from '../support/steady-upstream.js';

let app: TestApplication;
afterEach(() => app.module.close());

/** How it went for some time, on average; times are milliseconds. */
interface Report {
  readonly servedPerSecond: number;
  readonly latency: number;
  readonly limit: number;
}

/** Callers who come at random moments, whatever became of those before them, to an upstream that takes 100 ms. */
class Traffic {
  readonly upstream: SteadyUpstream;
  private readonly random = seeded(2018);
  private rate = 0;
  private readonly latencies: number[] = [];

  constructor(capacity: number) {
    this.upstream = new SteadyUpstream(app.clock, capacity, () => 80 + 40 * this.random());
  }

  get bulkhead() {
    return app.module.get(BulkheadRegistry).get('p');
  }

  async run(rate: number, seconds: number): Promise<Report> {
    const isFirst = this.rate === 0;
    this.rate = rate;
    this.latencies.length = 0;
    if (isFirst) this.next();
    let limits = 0;
    for (let second = 0; second < seconds; second++) {
      await app.clock.advance(1000);
      limits += this.bulkhead?.limit ?? Infinity;
    }
    const { length } = this.latencies;
    const latency = this.latencies.reduce((sum, one) => sum + one, 0) / length;
    return { servedPerSecond: length / seconds, latency, limit: limits / seconds };
  }

  private next(): void {
    const pause = (-1000 / this.rate) * Math.log(1 - this.random());
    app.clock.setTimeout(() => {
      void this.call();
      this.next();
    }, pause);
  }

  private async call(): Promise<void> {
    const began = app.clock.now();
    const served = app.service.execute('p', () => this.upstream.work()).then(() => true);
    if (await served.catch(() => false)) this.latencies.push(app.clock.now() - began);
  }
}

async function start(bulkhead: BulkheadOptions | false, capacity = 20): Promise<Traffic> {
  app = await startApplication({ policies: { p: { bulkhead } } });
  return new Traffic(capacity);
}

/** Served at once, and what that makes in a second at 100 ms each. */
const CAPACITY = 20;
const FULL = 10 * CAPACITY;

describe('before an upstream that serves 20 at once in 100 ms and lets the others wait', () => {
  it('calls without a bulkhead take longer and longer when twice as many come', async () => {
    const traffic = await start(false);
    await traffic.run(2 * FULL, 20);
    expect((await traffic.run(2 * FULL, 5)).latency).toBeGreaterThan(8000);
  });

  it('an adaptive one lets through what the upstream takes, at a bounded latency, and lets go after the load', async () => {
    const traffic = await start({ adaptive: true });
    const quiet = await traffic.run(FULL / 2, 10);
    expect(quiet.latency).toBeLessThan(110);
    expect(traffic.bulkhead?.snapshot().rejected).toBe(0);

    await traffic.run(2 * FULL, 10);
    const crowded = await traffic.run(2 * FULL, 20);
    expect(crowded.servedPerSecond).toBeGreaterThan(0.95 * FULL);
    // so many as find a place, and as many again and a half in the upstream's own queue: `tolerance`
    expect(crowded.latency).toBeLessThan(300);
    expect(crowded.limit).toBeGreaterThan(CAPACITY);
    expect(crowded.limit).toBeLessThan(3 * CAPACITY);

    const calm = await traffic.run(FULL / 2, 10);
    expect(calm.latency).toBeLessThan(110);
  });

  it('its limit falls with the capacity, and nobody is refused any more once that is back', async () => {
    const traffic = await start({ adaptive: true });
    await traffic.run(2 * FULL, 30);
    const before = await traffic.run(0.8 * FULL, 10);
    traffic.upstream.capacity = 8;
    const small = await traffic.run(0.8 * FULL, 10);
    expect(small.servedPerSecond).toBeGreaterThan(0.95 * 80);
    expect(small.limit).toBeLessThan(0.75 * before.limit);
    traffic.upstream.capacity = CAPACITY;
    await traffic.run(0.8 * FULL, 10);
    const { rejected } = traffic.bulkhead?.snapshot() ?? {};
    const after = await traffic.run(0.8 * FULL, 10);
    expect(after.latency).toBeLessThan(110);
    expect(traffic.bulkhead?.snapshot().rejected).toBe(rejected);
  });

  it('it never leaves its floor and its ceiling', async () => {
    const traffic = await start({ adaptive: { floor: 10, ceiling: 12, initial: 11 } });
    const limits = new Set<number>();
    for (const capacity of [CAPACITY, 2, CAPACITY]) {
      traffic.upstream.capacity = capacity;
      for (let second = 0; second < 5; second++) limits.add((await traffic.run(2 * FULL, 1)).limit);
    }
    expect([Math.min(...limits), Math.max(...limits)]).toEqual([10, 12]);
    const adaptive = { floor: 10, ceiling: 12, samples: expect.any(Number) };
    expect(traffic.bulkhead?.snapshot()).toMatchObject({ name: 'p', limit: 12, adaptive });
  });
});
