import { afterEach, describe, expect, it } from '@jest/globals';
import { CircuitBreaker, Retryable } from 'nestjs-breakwater';
import { startApplication } from '../support/application.js';
import type { TestApplication } from '../support/application.js';
import { begin, fail, succeed } from '../support/calls.js';

let app: TestApplication;
afterEach(() => app.module.close());

const withCircuit = async (circuitBreaker: object) => {
  app = await startApplication({ policies: { p: { circuitBreaker } } });
  return () => app.circuits.get('p')?.state;
};

describe('the traps of resilience4j', () => {
  it('permits that are never given back block nothing, with the defaults', async () => {
    const state = await withCircuit({});
    await fail(app, 'p', 5);
    await app.clock.advance(30_000);
    begin(app, 'p').result.catch(() => undefined);
    await app.clock.advance(60_000);
    await succeed(app, 'p');
    expect(state()).toBe('closed');
  });

  it('the switch to half-open admits no more than its trials, and one more for each that ends', async () => {
    const trials = { halfOpenMaxCalls: 2, successThreshold: 3 };
    const state = await withCircuit({ failureThreshold: 1, recoveryTimeout: '1s', ...trials });
    await fail(app, 'p');
    await app.clock.advance(1000);
    const crowd = () => Array.from({ length: 10 }, () => begin(app, 'p'));
    const under = (calls: ReturnType<typeof crowd>) => calls.filter((call) => call.hasBegun());
    const first = crowd();
    expect(under(first)).toHaveLength(2);
    await first[0]?.succeed();
    const second = crowd();
    expect(under(second)).toHaveLength(1);
    await Promise.all([first[1]?.succeed(), second[0]?.succeed()]);
    expect(state()).toBe('closed');
    await Promise.all([...first, ...second].map((call) => call.succeed()));
  });

  it('the order of the decorators changes nothing', async () => {
    class Shop {
      calls = 0;

      @Retryable({ maxRetries: 2, baseDelay: 0 })
      @CircuitBreaker()
      async above(): Promise<void> {
        this.fail();
      }

      @CircuitBreaker()
      @Retryable({ maxRetries: 2, baseDelay: 0 })
      async below(): Promise<void> {
        this.fail();
      }

      private fail(): never {
        this.calls++;
        throw new Error('down');
      }
    }
    app = await startApplication({}, Shop);
    const shop = app.module.get(Shop);
    await expect(shop.above()).rejects.toThrow('down');
    await expect(shop.below()).rejects.toThrow('down');
    expect(shop.calls).toBe(6);
    const failures = [...app.circuits].map(({ metrics }) => metrics.consecutiveFailures);
    expect(failures).toEqual([3, 3]);
  });

  it('a method that its own class calls is protected', async () => {
    class Shop {
      calls = 0;

      buy(): Promise<string> {
        return this.pay();
      }

      @Retryable({ baseDelay: 0 })
      async pay(): Promise<string> {
        if (++this.calls < 3) throw new Error('down');
        return 'paid';
      }
    }
    app = await startApplication({}, Shop);
    await expect(app.module.get(Shop).buy()).resolves.toBe('paid');
  });

  it('circuits of keys are bounded, and the idle ones leave', async () => {
    await withCircuit({ failureThreshold: 1, maxKeys: 3, idleTtl: '1m' });
    const call = (key: string, work: () => unknown = () => 'fine') => app.service.execute('p', work, { key });
    const names = () => [...app.circuits].map(({ name }) => name);
    await expect(call('down', () => Promise.reject(new Error('down')))).rejects.toThrow('down');
    for (const key of ['a', 'b', 'c', 'd']) await call(key);
    expect(names()).toEqual(['p[down]', 'p[c]', 'p[d]']);
    await app.clock.advance(60_000);
    expect(names()).toEqual(['p[down]']);
  });

  it('when no result is good enough the caller gets the last one', async () => {
    app = await startApplication();
    let result = 0;
    const policy = { retry: { maxRetries: 2, baseDelay: 0, retryOnResult: () => true } };
    await expect(app.service.execute(policy, () => ++result)).resolves.toBe(3);
  });

  it('the open time is kept although the wall clock is set back', async () => {
    await withCircuit({ failureThreshold: 1, recoveryTimeout: '1m' });
    await fail(app, 'p');
    await app.clock.advance(30_000);
    app.clock.epoch -= 3_600_000;
    await expect(succeed(app, 'p')).rejects.toMatchObject({ retryAfter: 30_000 });
    await app.clock.advance(30_000);
    await succeed(app, 'p');
  });
});
