import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { CircuitBreaker, CircuitBreakerRegistry, Fallback, Hedge, Retryable } from 'nestjs-breakwater';
import { startApplication } from '../support/application.js';

/** As BullMQ makes them: a class, and its name. */
const order = (name: string, more: object = {}) => Object.assign(new Error('bullmq'), { name, ...more });
const ORDERS = [
  'UnrecoverableError',
  'DelayedError',
  'RateLimitError',
  'WaitingChildrenError',
  'WaitingError',
];

@Injectable()
class Jobs {
  runs = 0;
  thrown: unknown;

  @Fallback(() => 'in place of it')
  @Retryable({ retryOn: () => true, baseDelay: 0 })
  @Hedge({ delay: '1m' })
  @CircuitBreaker({ failureThreshold: 1, recordAs: () => 'failure' })
  async process(): Promise<unknown> {
    this.runs++;
    throw this.thrown;
  }
}

describe('an order of a job to its worker', () => {
  it.each(ORDERS)('%s is let through at once, whatever the rules of the user say', async (name) => {
    const { module } = await startApplication({}, Jobs);
    const jobs = module.get(Jobs);
    jobs.thrown = order(name);

    await expect(jobs.process()).rejects.toBe(jobs.thrown);

    expect(jobs.runs).toBe(1);
    expect(module.get(CircuitBreakerRegistry).get('Jobs.process')?.state).toBe('closed');
  });

  it('is an error like others where it carries a status, as the errors of AI services do', async () => {
    const { module } = await startApplication({}, Jobs);
    const jobs = module.get(Jobs);
    jobs.thrown = order('RateLimitError', { status: 429 });

    await expect(jobs.process()).resolves.toBe('in place of it');

    expect(module.get(CircuitBreakerRegistry).get('Jobs.process')?.state).toBe('open');
  });
});
