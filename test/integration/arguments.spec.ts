import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Bulkhead, CircuitBreaker, Retryable, Timeout } from 'nestjs-breakwater';
import { startApplication } from '../support/application.js';
import type { TestApplication } from '../support/application.js';

const atOnce = { baseDelay: 0 };

class Service {
  readonly received: unknown[][] = [];

  @Retryable(atOnce)
  @CircuitBreaker()
  async plain(..._args: unknown[]): Promise<this> {
    // eslint-disable-next-line prefer-rest-params
    return this.receive(arguments);
  }

  @Retryable(atOnce)
  @Bulkhead({ maxConcurrent: 10 })
  async guarded(..._args: unknown[]): Promise<this> {
    // eslint-disable-next-line prefer-rest-params
    return this.receive(arguments);
  }

  @Retryable(atOnce)
  @Timeout('10s')
  async timed(..._args: unknown[]): Promise<this> {
    // eslint-disable-next-line prefer-rest-params
    return this.receive(arguments);
  }

  private receive(given: ArrayLike<unknown>): this {
    this.received.push([...Array.from(given)]);
    if (this.received.length === 1) throw new Error('not yet');
    return this;
  }
}

let app: TestApplication;
beforeAll(async () => void (app = await startApplication({}, Service)));
afterAll(() => app.module.close());

describe.each(['plain', 'guarded', 'timed'] as const)('every attempt of a %s call', (method) => {
  it.each([
    [[]],
    [[undefined]],
    [['a']],
    [['a', undefined]],
    [['a', 2]],
    [['a', 2, null]],
    [['a', 2, null, undefined, { b: 1 }]],
  ])('is given exactly the arguments of the call, and its instance: %j', async (args) => {
    const service = app.module.get(Service);
    service.received.length = 0;
    await expect(service[method](...args)).resolves.toBe(service);
    expect(service.received).toStrictEqual([args, args]);
    expect(service.received.map(({ length }) => length)).toEqual([args.length, args.length]);
  });
});
