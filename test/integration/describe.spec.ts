import { describe, expect, it, jest } from '@jest/globals';
import { Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { CircuitBreaker, RateLimit, ResilienceModule, Retryable } from 'nestjs-breakwater';
import { startApplication } from '../support/application.js';

const isWorthIt = (result: string) => result === '';

class Payments {
  @Retryable('payments', { retryOnResult: isWorthIt })
  @CircuitBreaker()
  async pay(): Promise<string> {
    return 'paid';
  }
  async plain(): Promise<void> {}
}
class Cards extends Payments {}

const options = { policies: { payments: { timeout: { total: '10s' }, retry: { baseDelay: '1s' } } } };

describe('a description', () => {
  it('shows a method’s strategies and their resolved options as plain JSON', async () => {
    const { module, service } = await startApplication(options, Cards);
    const shown = service.describe(Cards, 'pay');
    expect(JSON.parse(JSON.stringify(shown))).toEqual(shown);
    expect(shown).toMatchObject({
      name: 'Payments.pay',
      strategies: ['retry', 'circuit breaker'],
      retry: { name: 'payments', maxRetries: 3, baseDelay: 1000, jitter: 'full' },
      circuitBreaker: { name: 'Payments.pay', failureThreshold: 5, recoveryTimeout: 30_000 },
    });
    expect(shown.retry?.retryOnResult).toBe('[function isWorthIt]');
    expect(shown.circuitBreaker).toMatchObject({ minimumCalls: 10, halfOpenTimeout: 30_000 });
    await module.close();
  });

  it('shows what a policy resolves to, and makes nothing of it', async () => {
    const { module, service, circuits } = await startApplication({
      ...options,
      defaults: { circuitBreaker: { failureRate: 0.5 } },
    });
    const shown = service.describe('payments');
    expect(shown.strategies).toEqual(['total timeout', 'retry', 'circuit breaker']);
    expect(shown).toMatchObject({ name: 'payments', policy: 'payments', timeout: { total: 10_000 } });
    expect(shown.circuitBreaker).not.toHaveProperty('failureThreshold');
    expect([...circuits]).toEqual([]);
    await module.close();
  });

  it('shows the burst of a rate limit that was given none', async () => {
    const policies = { geocoding: { rateLimit: { limit: 3, interval: '1s' } } };
    class Maps {
      @RateLimit('geocoding')
      async locate(): Promise<void> {}
    }
    const { module, service } = await startApplication({ policies }, Maps);
    const inForce = { name: 'geocoding', limit: 3, interval: 1000, burst: 3, maxWait: 0 };
    expect(service.describe('geocoding').rateLimit).toMatchObject(inForce);
    expect(service.describe(Maps, 'locate').rateLimit).toMatchObject(inForce);
    await module.close();
  });

  it('of a method that is overridden without a decorator is none', async () => {
    class Bare extends Payments {
      override async pay(): Promise<string> {
        return 'for nothing';
      }
    }
    const { module, service } = await startApplication(options, Bare);
    expect(() => service.describe(Bare, 'pay')).toThrow('expected a decorated method (known: none)');
    await module.close();
  });

  it('of what does not exist says what there is', async () => {
    const { module, service } = await startApplication(options, Payments);
    expect(() => service.describe(Payments, 'plain')).toThrow(
      'expected a decorated method (known: pay), got "plain"',
    );
    expect(() => service.describe('paymnts')).toThrow("did you mean 'payments'?");
    await module.close();
  });
});

describe('the log of the start', () => {
  it('has one line per decorated method at level debug', async () => {
    @Module({ imports: [ResilienceModule.forRoot(options)], providers: [Cards, Payments] })
    class App {}
    const debug = jest.fn();
    const logger = { log: jest.fn(), warn: jest.fn(), error: jest.fn(), debug };
    const module = await Test.createTestingModule({ imports: [App] })
      .setLogger(logger)
      .compile();
    expect(debug.mock.calls.filter(([, context]) => context === 'Resilience')).toEqual([
      ['Payments.pay: retry > circuit breaker > method', 'Resilience'],
    ]);
    await module.close();
  });
});
