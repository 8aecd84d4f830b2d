import { describe, expect, it } from '@jest/globals';
import { Cache, ResilienceMetrics, Retryable } from 'nestjs-breakwater';
import { startApplication } from '../../support/application.js';

const down = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

class Rates {
  failure: unknown = undefined;

  @Cache({ ttl: '1m', staleIfError: '1h', staleWhileRevalidate: '1s' })
  @Retryable({ maxRetries: 0 })
  async rate(currency: string): Promise<string> {
    await Promise.resolve();
    if (this.failure !== undefined) throw this.failure;
    return currency;
  }
}

describe('the figures of a cached method', () => {
  it('count each call once, by what has answered it, and attempts only where they were made', async () => {
    const { module, clock } = await startApplication({}, Rates);
    const rates = module.get(Rates);
    await Promise.all([rates.rate('EUR'), rates.rate('EUR')]);
    await rates.rate('EUR');
    await clock.advance(60_500);
    await rates.rate('EUR');
    await clock.advance(70_000);
    rates.failure = down;
    await rates.rate('EUR');
    expect(module.get(ResilienceMetrics).family('Rates.rate')).toMatchObject({
      calls: { success: 4, fallback: 1, failure: 0 },
      attempts: { first: 3, retry: 0 },
      cache: { miss: 1, coalesced: 1, hit: 1, stale: 2 },
      inFlight: 0,
    });
  });
});
