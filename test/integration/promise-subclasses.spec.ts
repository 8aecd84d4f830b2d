// for test/integration/, once the engine is done: all 8 × 6 × 2 cases throw synchronously today
import { describe, expect, it } from '@jest/globals';
import { Bulkhead, CircuitBreaker, Fallback, Hedge, Resilient, Retryable, Timeout } from 'nestjs-breakwater';
import { startApplication } from '../support/application.js';

let isArmed = false;

class OddSpecies extends Promise<number> {
  static override get [Symbol.species](): never {
    return function () {
      throw new Error('species');
    } as never;
  }
}

class NoSpecies extends Promise<number> {
  static override get [Symbol.species](): never {
    return 5 as never;
  }
}

class ThrowingConstructor extends Promise<number> {
  constructor(executor: ConstructorParameters<typeof Promise<number>>[0]) {
    if (isArmed) throw new Error('constructor');
    super(executor);
  }
}

class ThrowingThen extends Promise<number> {
  override then(): never {
    throw new Error('then');
  }
}

const promises: [string, () => Promise<number>][] = [
  ['an odd species', () => OddSpecies.resolve(1)],
  ['no species', () => NoSpecies.resolve(1)],
  [
    'a constructor that throws',
    () => {
      isArmed = false;
      const promise = ThrowingConstructor.resolve(1);
      isArmed = true;
      return promise;
    },
  ],
  ['a then() that throws', () => ThrowingThen.resolve(1)],
  [
    'a constructor property that throws',
    () =>
      Object.defineProperty(Promise.resolve(1), 'constructor', {
        get() {
          throw new Error('constructor');
        },
      }),
  ],
];

const decorators = {
  retry: Retryable({ maxRetries: 1, baseDelay: 0 }),
  circuit: CircuitBreaker(),
  timeout: Timeout('1s'),
  total: Timeout({ total: '1s' }),
  bulkhead: Bulkhead({ maxConcurrent: 2 }),
  hedge: Hedge({ delay: 100 }),
  fallback: Fallback(() => 0),
  policy: Resilient({ retry: { maxRetries: 0 } }),
};

describe.each(Object.entries(decorators))('a method with a strategy: %s', (_strategy, decorator) => {
  it.each(promises)('never throws before it returns a promise: %s', async (_what, make) => {
    class Work {
      run(): Promise<number> {
        return make();
      }
    }
    const descriptor = Object.getOwnPropertyDescriptor(Work.prototype, 'run') as PropertyDescriptor;
    (decorator as MethodDecorator)(Work.prototype, 'run', descriptor);
    Object.defineProperty(Work.prototype, 'run', descriptor);
    const app = await startApplication({}, Work);
    let result: unknown;
    expect(() => (result = app.module.get(Work).run())).not.toThrow();
    expect(result).toBeInstanceOf(Promise);
    isArmed = false;
    (result as Promise<unknown>).then(undefined, () => undefined);
    await app.module.close();
  });
});
