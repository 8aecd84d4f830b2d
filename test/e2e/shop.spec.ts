import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import type { DynamicModule, INestApplication } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Upstream } from '../support/upstream.js';

// the shop as it is shipped: built, and on the package's own exports
const built = new URL('../../dist/sample-app/shop.module.js', import.meta.url).href;
const { ShopModule } = (await import(built)) as { ShopModule: { for(upstream: string): DynamicModule } };

const CHECKOUTS = 500;
const TOGETHER = 50;

async function inParallel<T>(count: number, run: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let left = count;
  const worker = async () => {
    while (left-- > 0) results.push(await run());
  };
  await Promise.all(Array.from({ length: TOGETHER }, worker));
  return results;
}

describe.each([
  ['express', () => new ExpressAdapter()],
  ['fastify', () => new FastifyAdapter()],
] as const)('a shop on %s', (_name, adapter) => {
  let upstream: Upstream;
  let app: INestApplication;
  let url: string;

  const checkout = async (sku = 'teapot') => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${url}/checkout`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ sku }),
    });
    await response.text();
    return response.status;
  };

  beforeAll(async () => {
    upstream = await Upstream.start();
    app = await NestFactory.create(ShopModule.for(upstream.url), adapter() as never, { logger: false });
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });

  afterAll(async () => {
    await app.close();
    await upstream.stop();
  });

  it(`survives 30 % of failing answers: of ${CHECKOUTS} checkouts more than 99 % succeed, and none is charged twice`, async () => {
    await upstream.misbehave({ mix: { unavailable: 0.05, reset: 0.15, hang: 0.1 } });
    const statuses = await inParallel(CHECKOUTS, () => checkout());
    const succeeded = statuses.filter((status) => status === 201).length;
    const { charges, faults } = await upstream.journal();
    expect(succeeded).toBeGreaterThan(0.99 * CHECKOUTS);
    expect(Object.keys(faults).sort()).toEqual(['hang', 'reset', 'unavailable']);
    expect(charges.executed).toBeGreaterThanOrEqual(succeeded);
    // answers that were lost after the charge was made came again, under the same key
    expect(charges.replayed).toBeGreaterThan(0);
    expect(charges.ordersChargedTwice).toEqual([]);
  }, 60_000);

  it('never repeats a 404', async () => {
    await upstream.misbehave({ mix: {} });
    await upstream.clearJournal();
    expect(await checkout('unicorn')).toBe(404);
    const { requests } = await upstream.journal();
    expect(requests).toEqual({ 'GET /inventory/unicorn': 1 });
  });

  it('fails fast in an outage, with no request on the wire, and recovers by itself', async () => {
    await upstream.misbehave({ mix: {}, outage: 3 });
    await inParallel(100, () => checkout());
    await upstream.clearJournal();
    const statuses = await inParallel(20, () => checkout());
    expect(new Set(statuses)).toEqual(new Set([503]));
    expect((await upstream.journal()).total).toBe(0);

    const recovered = await upstream.until(async () => (await checkout()) === 201);
    // the outage ends within 3 s, and at most one recovery timeout of 2 s later the traffic flows
    expect(recovered).toBeLessThan(3000 + 2000 + 1000);
  }, 30_000);
});
