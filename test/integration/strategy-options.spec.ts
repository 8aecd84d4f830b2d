import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Bulkhead,
  BulkheadRegistry,
  CircuitBreaker,
  CircuitOpenException,
  Fallback,
  Hedge,
  RateLimit,
  Resilient,
  Retryable,
  Timeout,
} from 'nestjs-breakwater';
import { startApplication } from '../support/application.js';
import type { TestApplication } from '../support/application.js';

let app: TestApplication | undefined;
afterEach(async () => {
  await app?.module.close();
  app = undefined;
});

class Quotes {
  runs = 0;

  @Bulkhead({ maxConcurrent: 2, key: (tenant: string) => tenant })
  @Timeout('2s')
  @Retryable({ maxRetries: 1, baseDelay: 0 })
  @RateLimit({ limit: 10, interval: '1s' })
  @Hedge({ delay: 'p95' })
  @CircuitBreaker()
  @Fallback('lastKnown')
  async all(tenant: string): Promise<string> {
    this.runs++;
    throw new Error(tenant);
  }

  @Resilient('p')
  @Bulkhead({ maxConcurrent: 7 })
  async whole(): Promise<void> {}

  @Timeout('slow')
  async named(): Promise<void> {}

  @Timeout('1m', {})
  async namedAsDuration(): Promise<void> {}

  @Fallback('lastKnown', { on: CircuitOpenException })
  async guarded(tenant: string): Promise<string> {
    return Promise.reject(new Error(tenant));
  }

  lastKnown(error: Error, tenant: string): string {
    return `${error.message} ${tenant} ${this.runs}`;
  }
}

const policies = {
  p: { retry: { maxRetries: 1 }, bulkhead: { maxConcurrent: 3 }, timeout: { total: '5s' } },
  slow: { timeout: '9s' },
  '1m': { timeout: '7s' },
};

describe('the strategies of a method', () => {
  it('stand in one order, whatever the order of the decorators', async () => {
    app = await startApplication({ policies }, Quotes);
    const { strategies, hedge, bulkhead } = app.service.describe(Quotes, 'all');
    expect(strategies).toEqual([
      'fallback',
      'retry',
      'hedge',
      'circuit breaker',
      'rate limit',
      'bulkhead',
      'attempt timeout',
    ]);
    expect(hedge).toMatchObject({ delay: { share: 0.95 }, maxHedges: 1 });
    expect(bulkhead).toMatchObject({ name: 'Quotes.all', maxConcurrent: 2, maxQueue: 0 });
  });

  it('come from a fallback method with this and the arguments, in the end', async () => {
    app = await startApplication({ policies }, Quotes);
    await expect(app.module.get(Quotes).all('a')).resolves.toBe('a a 4');
    await expect(app.module.get(Quotes).guarded('a')).rejects.toThrow('a');
    expect([...app.module.get(BulkheadRegistry)].map(({ name }) => name)).toContain('Quotes.all[a]');
  });

  it('are those of the policy, but for a specific decorator', async () => {
    app = await startApplication({ policies }, Quotes);
    const whole = app.service.describe(Quotes, 'whole');
    expect(whole.strategies).toEqual(['total timeout', 'retry', 'bulkhead']);
    expect(whole.bulkhead).toMatchObject({ maxConcurrent: 7, name: 'Quotes.whole' });
    expect(app.service.describe('p').bulkhead).toMatchObject({ maxConcurrent: 3, name: 'p' });
  });

  it('take a text for a duration where it is one, and for a policy with a second argument', async () => {
    app = await startApplication({ policies }, Quotes);
    expect(app.service.describe(Quotes, 'named').timeout).toMatchObject({ attempt: 9000 });
    expect(app.service.describe(Quotes, 'namedAsDuration').timeout).toMatchObject({ attempt: 7000 });
  });

  it('share their state by the name of the policy', async () => {
    app = await startApplication({ policies: { p: { bulkhead: { maxConcurrent: 1 } } } });
    const never = () => new Promise<never>(() => undefined);
    app.service.execute('p', never).catch(() => undefined);
    await expect(app.service.execute('p', () => 'x')).rejects.toThrow("Bulkhead 'p' is full");
    app.service.update('p', { bulkhead: { maxConcurrent: 2 } });
    await expect(app.service.execute('p', () => 'x')).resolves.toBe('x');
  });

  it('stop the start when something has no default and nothing gives it', async () => {
    class Wrong {
      @Bulkhead()
      async bulkhead(): Promise<void> {}
      @RateLimit({ limit: 1 })
      async rateLimit(): Promise<void> {}
      @Hedge()
      async hedge(): Promise<void> {}
      @Resilient('nothing')
      async unknown(): Promise<void> {}
      @Timeout('1s')
      @Timeout('2s')
      async twice(): Promise<void> {}
    }
    const missing = { bulkhead: { maxQueue: 1 }, rateLimit: {}, hedge: { maxHedges: 2 } };
    const starting = startApplication({ policies: { missing } }, Wrong);
    const error = (await starting.catch((thrown: unknown) => thrown)) as {
      problems: { path: string }[];
    };
    expect(error.problems.map(({ path }) => path).sort()).toEqual([
      'Wrong.bulkhead @Bulkhead.maxConcurrent',
      'Wrong.hedge @Hedge.delay',
      'Wrong.rateLimit @RateLimit.interval',
      'Wrong.twice @Timeout',
      'Wrong.unknown @Resilient',
      'policies.missing.bulkhead.maxConcurrent',
      'policies.missing.hedge.delay',
      'policies.missing.rateLimit.interval',
      'policies.missing.rateLimit.limit',
    ]);
  });

  it('are told of once where a value without a default is wrong', async () => {
    class Wrong {
      @Bulkhead({ maxConcurrent: 0 })
      async bulkhead(): Promise<void> {}
      @Hedge({ delay: 'p100' })
      async hedge(): Promise<void> {}
    }
    const problems = [
      { path: 'Wrong.bulkhead @Bulkhead.maxConcurrent', got: 0 },
      { path: 'Wrong.hedge @Hedge.delay', got: 'p100' },
    ];
    await expect(startApplication({}, Wrong)).rejects.toMatchObject({ problems });
  });

  it('stop the start for a fallback that does not exist', async () => {
    class Wrong {
      @Fallback('nowhere' as never)
      async run(): Promise<void> {}
    }
    await expect(startApplication({}, Wrong)).rejects.toThrow('the name of a method of the class');
  });

  it('need a name where an inline policy has state', async () => {
    app = await startApplication();
    const policy = { bulkhead: { maxConcurrent: 1 } };
    await expect(app.service.execute(policy, () => 1)).rejects.toThrow('execute.name');
    await expect(app.service.execute(policy, () => 1, { name: 'mine' })).resolves.toBe(1);
  });
});
