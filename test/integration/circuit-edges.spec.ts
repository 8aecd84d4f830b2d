import { afterEach, describe, expect, it } from '@jest/globals';
import { CircuitBreaker, RateLimit, ResilienceEvents } from 'nestjs-breakwater';
import type { CircuitBreakerOptions } from 'nestjs-breakwater';
import { startApplication, stateOf } from '../support/application.js';
import type { TestApplication } from '../support/application.js';
import { begin, fail, succeed } from '../support/calls.js';

let app: TestApplication;
afterEach(() => app.module.close());

describe('a circuit', () => {
  it('whose one trial hung is open since then, and a later success of another trial changes nothing', async () => {
    const trials = { halfOpenMaxCalls: 2, halfOpenTimeout: '1s' };
    const circuitBreaker = { failureThreshold: 1, recoveryTimeout: '5s', ...trials };
    app = await startApplication({ policies: { p: { circuitBreaker } } });
    await fail(app, 'p');
    await app.clock.advance(5000);
    const hung = begin(app, 'p');
    await app.clock.advance(500);
    const other = begin(app, 'p');
    await app.clock.advance(700);
    await other.succeed();
    const next = begin(app, 'p');
    expect(next.hasBegun()).toBe(false);
    await expect(next.result).rejects.toMatchObject({ circuit: 'p', retryAfter: 4800 });
    await hung.succeed();
  });

  it.each<[string, CircuitBreakerOptions, CircuitBreakerOptions, string]>([
    ['by key', {}, { key: () => 'tenant' }, 'p[tenant]'],
    ['by key no more', { key: () => 'tenant' }, {}, 'p'],
  ])(
    'that an update splits %s leaves none behind that no call can reach',
    async (_how, before, after, left) => {
      class Shop {
        @CircuitBreaker('p')
        async sell(): Promise<string> {
          throw new Error('down');
        }
      }
      const circuitBreaker = { failureThreshold: 1 };
      app = await startApplication(
        { policies: { p: { circuitBreaker: { ...circuitBreaker, ...before } } } },
        Shop,
      );
      const { module, service, circuits } = app;
      await expect(module.get(Shop).sell()).rejects.toThrow('down');
      service.update('p', { circuitBreaker: { ...circuitBreaker, ...after } });
      await expect(module.get(Shop).sell()).rejects.toThrow('down');
      expect([...circuits].map(({ name, state }) => `${name} ${state}`)).toEqual([`${left} open`]);
    },
  );

  it('with a classify that throws leaves a call of execute its own error', async () => {
    const classify = () => {
      throw new Error('classify');
    };
    app = await startApplication({ policies: { p: { circuitBreaker: {}, classify } } });
    const { result, fail: settle } = begin(app, 'p');
    void settle(new Error('down'));
    expect(await stateOf(result)).toBe('rejected');
    await expect(result).rejects.toThrow('down');
  });

  it('with a classify that throws leaves a decorated method its own error', async () => {
    class Shop {
      @CircuitBreaker('p')
      async buy(): Promise<void> {
        throw new Error('down');
      }
    }
    const classify = () => {
      throw new Error('classify');
    };
    app = await startApplication({ policies: { p: { circuitBreaker: {}, classify } } }, Shop);
    await expect(app.module.get(Shop).buy()).rejects.toThrow('down');
  });

  it.each([
    ['forceOpen', 'forced-open', false],
    ['disable', 'disabled', true],
    ['reset', 'closed', true],
  ] as const)(
    'that a listener moves by %s while it becomes half-open admits as that state does',
    async (by, state, runs) => {
      const circuitBreaker = { failureThreshold: 1, recoveryTimeout: '1s' };
      app = await startApplication({ policies: { p: { circuitBreaker } } });
      const circuit = app.circuits.get('p');
      app.module.get(ResilienceEvents).on('circuit.half-opened', () => circuit?.[by]());
      await fail(app, 'p');
      await app.clock.advance(1000);
      const call = begin(app, 'p');
      expect([circuit?.state, call.hasBegun()]).toEqual([state, runs]);
      await call.fail();
    },
  );

  it('can be moved by hand before the first call of its policy', async () => {
    app = await startApplication({ policies: { p: { circuitBreaker: {} }, q: { retry: {} } } });
    expect(app.circuits.snapshot()).toEqual([]);
    app.circuits.get('p')?.forceOpen();
    const refused = await fail(app, 'p');
    expect(refused).toMatchObject({ code: 'RESILIENCE_CIRCUIT_OPEN', circuit: 'p' });
    expect(refused).not.toHaveProperty('retryAfter');
    expect(app.circuits.get('q')).toBeUndefined();
    expect(app.circuits.get('unheard-of')).toBeUndefined();
  });

  it('that was asked for before the first call stays the one of its policy when that is updated', async () => {
    app = await startApplication({ policies: { p: { circuitBreaker: {} } } });
    app.circuits.get('p')?.forceOpen();
    app.service.update('p', { circuitBreaker: { failureThreshold: 7 } });
    expect(await fail(app, 'p')).toMatchObject({ code: 'RESILIENCE_CIRCUIT_OPEN', circuit: 'p' });
  });

  it('of a policy that only decorators complete can be asked for, and execute still says what is missing', async () => {
    class Paced {
      @RateLimit('p', { limit: 1, interval: '1s' })
      async run(): Promise<void> {}
    }
    app = await startApplication({ policies: { p: { circuitBreaker: {}, rateLimit: {} } } }, Paced);
    expect(() => app.circuits.get('p')).not.toThrow();
    await expect(app.service.execute('p', () => 'fine')).rejects.toThrow('limit: expected');
  });

  it('of a policy with a key exists for its keys only', async () => {
    const circuitBreaker = { key: (tenant?: string) => tenant ?? 'nobody' };
    app = await startApplication({ policies: { p: { circuitBreaker } } });
    expect(app.circuits.get('p')).toBeUndefined();
    await app.service.execute('p', () => 'fine');
    await app.service.execute('p', () => 'fine', { key: 'acme' });
    expect([...app.circuits].map(({ name }) => name)).toEqual(['p[nobody]', 'p[acme]']);
  });

  it('whose refusal only carries what retryOn names is not asked again', async () => {
    class Down extends Error {}
    const retry = { maxRetries: 1, retryOn: Down, baseDelay: 100, jitter: 'none' as const };
    const circuitBreaker = { failureThreshold: 1, recoveryTimeout: '1s' };
    app = await startApplication({ policies: { p: { retry, circuitBreaker } } });
    await fail(app, 'p', 1, new Down());
    await app.clock.advance(1000);
    const trial = begin(app, 'p');
    const refused = begin(app, 'p');
    await expect(refused.result).rejects.toMatchObject({ circuit: 'p', cause: new Down() });
    await trial.succeed();
  });

  it('keeps successes for the whole of a short window', async () => {
    const circuitBreaker = { failureRate: 0.5, minimumCalls: 2, window: '100ms' };
    app = await startApplication({ policies: { p: { circuitBreaker } } });
    await succeed(app, 'p');
    await app.clock.advance(40);
    await succeed(app, 'p', 3);
    await app.clock.advance(61);
    await fail(app, 'p');
    expect(app.circuits.get('p')?.metrics).toMatchObject({ calls: 4, failures: 1 });
  });
});
