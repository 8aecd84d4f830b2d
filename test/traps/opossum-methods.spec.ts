import { afterEach, describe, expect, it } from '@jest/globals';
import { CircuitBreaker } from 'nestjs-breakwater';
import { startApplication } from '../support/application.js';
import type { TestApplication } from '../support/application.js';

let app: TestApplication;
afterEach(() => app.module.close());

describe('the traps of opossum', () => {
  it('a method that returns nothing, and no promise either, is a call like any other', async () => {
    class Shop {
      @CircuitBreaker()
      touch(): Promise<void> {
        return undefined as unknown as Promise<void>;
      }
    }
    app = await startApplication({}, Shop);
    const shop = app.module.get(Shop);
    await expect(shop.touch()).resolves.toBeUndefined();
    app.circuits.get('Shop.touch')?.disable();
    await expect(shop.touch()).resolves.toBeUndefined();
  });

  it('a timeout of one call aborts no other', async () => {
    app = await startApplication({ policies: { p: { timeout: '1s', circuitBreaker: {} } } });
    const signals: AbortSignal[] = [];
    const hang = () => {
      const run = app.service.execute('p', ({ signal }) => {
        signals.push(signal);
        return new Promise(() => undefined);
      });
      run.catch(() => undefined);
    };
    hang();
    await app.clock.advance(500);
    hang();
    await app.clock.advance(500);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  });

  it('options are left as they were given, and methods that share them share no circuit', async () => {
    const options = Object.freeze({ failureThreshold: 1, window: Object.freeze({ calls: 10 }) });
    class Shop {
      @CircuitBreaker(options)
      async buy(): Promise<void> {
        throw new Error('down');
      }

      @CircuitBreaker(options)
      async sell(): Promise<string> {
        return 'fine';
      }
    }
    app = await startApplication({}, Shop);
    await expect(app.module.get(Shop).buy()).rejects.toThrow('down');
    await expect(app.module.get(Shop).sell()).resolves.toBe('fine');
    expect(app.circuits.snapshot().map(({ state }) => state)).toEqual(['open', 'closed']);
    expect(options).toEqual({ failureThreshold: 1, window: { calls: 10 } });
  });
});
