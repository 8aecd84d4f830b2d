import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CircuitBreaker, ResilienceConfigurationError, Retryable } from 'nestjs-breakwater';
import { startApplication } from '../support/application.js';
import type { TestApplication } from '../support/application.js';
import { begin } from '../support/calls.js';

class Payments {
  calls = 0;
  fails = true;

  @Retryable('payments')
  @CircuitBreaker('payments')
  async pay(): Promise<string> {
    this.calls++;
    if (this.fails) throw new Error('down');
    return 'paid';
  }

  @CircuitBreaker('payments', { failureThreshold: 50 })
  async refund(): Promise<string> {
    throw new Error('down');
  }
}

const POLICY = {
  retry: { maxRetries: 1, baseDelay: 1000, jitter: 'none' as const, budget: { minPerSecond: 1 } },
  circuitBreaker: { failureThreshold: 4, recoveryTimeout: '1m' },
};

let app: TestApplication;
let payments: Payments;

beforeEach(async () => {
  app = await startApplication({ policies: { payments: POLICY, other: {} } }, Payments);
  payments = app.module.get(Payments);
});
afterEach(() => app.module.close());

const fail = () => payments.pay().catch((error: Error) => error.message);

describe('a policy that is updated', () => {
  it('applies to the next call of decorators and execute alike', async () => {
    app.service.update('payments', { retry: { maxRetries: 0 } });
    await fail();
    expect(payments.calls).toBe(1);
    let runs = 0;
    const run = () => app.service.execute('payments', () => Promise.reject(new Error(`run ${++runs}`)));
    await expect(run()).rejects.toThrow('run 1');
    app.service.update('payments', { retry: { maxRetries: 2, baseDelay: 0 } });
    await expect(run()).rejects.toThrow('run 4');
  });

  it('lets a call under way finish under the options that it began with', async () => {
    const call = fail();
    await app.clock.advance(500);
    app.service.update('payments', { retry: { maxRetries: 0 }, circuitBreaker: {} });
    await app.clock.advance(500);
    expect(await call).toBe('down');
    expect(payments.calls).toBe(2);
  });

  it('keeps the state of its circuits', async () => {
    const calls = [fail(), fail()];
    await app.clock.advance(1000);
    await Promise.all(calls);
    expect(app.circuits.get('payments')?.state).toBe('open');
    app.service.update('payments', { circuitBreaker: { failureThreshold: 2, recoveryTimeout: '1h' } });
    expect(app.circuits.get('payments')?.snapshot()).toMatchObject({ state: 'open', retryAfter: 60_000 });
    await expect(payments.pay()).rejects.toMatchObject({ code: 'RESILIENCE_CIRCUIT_OPEN' });
    expect([...app.circuits].map(({ name }) => name)).toEqual(['payments', 'payments#2']);
  });

  it('counts on under the new threshold', async () => {
    app.service.update('payments', { retry: { maxRetries: 0 }, circuitBreaker: { failureThreshold: 9 } });
    for (let call = 0; call < 5; call++) await fail();
    expect(app.circuits.get('payments')?.metrics.consecutiveFailures).toBe(5);
    app.service.update('payments', { retry: { maxRetries: 0 }, circuitBreaker: { failureThreshold: 6 } });
    expect(app.circuits.get('payments')?.state).toBe('closed');
    await fail();
    expect(app.circuits.get('payments')?.state).toBe('open');
  });

  it('counts no call as slow that began before anybody asked how long calls take', async () => {
    app.service.update('payments', { circuitBreaker: { failureRate: 0.5 } });
    await app.clock.advance(60_000);
    const underWay = begin(app, 'payments');
    const slow = { slowCallRate: 0.1, slowCallDuration: '1s', minimumCalls: 1 };
    app.service.update('payments', { circuitBreaker: slow });
    await underWay.succeed();
    expect(app.circuits.get('payments')?.snapshot()).toMatchObject({
      state: 'closed',
      metrics: { slowCalls: 0 },
    });
  });

  it('keeps what its budget has counted', async () => {
    const budget = { ratio: 0, minPerSecond: 0.1 };
    app.service.update('payments', { retry: { ...POLICY.retry, budget } });
    const first = fail();
    await app.clock.advance(1000);
    await first;
    app.service.update('payments', { retry: { ...POLICY.retry, budget: { ...budget, minPerSecond: 0.15 } } });
    payments.calls = 0;
    await fail();
    expect(payments.calls).toBe(1);
    expect(app.told.at(-1)).toMatchObject({ type: 'retry.suppressed', reason: 'budget' });
  });

  it('keeps inline overrides over the new options', async () => {
    app.service.update('payments', { circuitBreaker: { failureThreshold: 1 } });
    await payments.refund().catch(() => undefined);
    expect(app.circuits.get('payments#2')?.state).toBe('closed');
    expect(app.service.describe(Payments, 'refund').circuitBreaker).toMatchObject({ failureThreshold: 50 });
  });

  it('can gain and lose strategies', async () => {
    app.service.update('payments', { retry: false });
    expect(app.service.describe(Payments, 'pay').strategies).toEqual(['circuit breaker']);
    app.service.update('payments', POLICY);
    expect(app.service.describe(Payments, 'pay').strategies).toEqual(['retry', 'circuit breaker']);
    expect(app.service.describe(Payments, 'pay').retry).toMatchObject({ maxRetries: 1, baseDelay: 1000 });
  });

  it('changes nothing at all if something is wrong', async () => {
    const before = JSON.stringify(app.service.describe(Payments, 'pay'));
    const wrong = { retry: { maxRetries: 7, maxDelay: '2 parsecs' }, circuitBreaker: { slowCallRate: 0.5 } };
    expect(() => app.service.update('payments', wrong)).toThrow(ResilienceConfigurationError);
    expect(() => app.service.update('payments', wrong)).toThrow('policies.payments.retry.maxDelay');
    expect(() => app.service.update('paymnts', {})).toThrow("did you mean 'payments'?");
    expect(JSON.stringify(app.service.describe(Payments, 'pay'))).toBe(before);
  });
});

describe('a name that is written in two policies', () => {
  it('cannot get other options in one of them', async () => {
    const shared = { circuitBreaker: { name: 'db', failureThreshold: 3 } };
    const two = await startApplication({ policies: { reads: shared, writes: shared } });
    const run = (policy: string) => two.service.execute(policy, () => 'ok');
    await Promise.all([run('reads'), run('writes')]);
    const change = { circuitBreaker: { name: 'db', failureThreshold: 4 } };
    expect(() => two.service.update('reads', change)).toThrow("the options of execute('writes')");
    expect(two.service.describe('reads').circuitBreaker).toMatchObject({ failureThreshold: 3 });
    await two.module.close();
  });
});
