import { describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { ResilienceEvent } from '../../../../lib/events/resilience-event.js';
import { ResilienceEvents } from '../../../../lib/events/resilience-events.js';
import { CircuitBreakerRegistry } from '../../../../lib/strategies/circuit-breaker/circuit-breaker-registry.js';
import type { CircuitBreakerOptions } from '../../../../lib/strategies/circuit-breaker/circuit-breaker.options.js';
import { KeyedState } from '../../../../lib/strategies/keyed-state.js';
import { REFUSED } from '../../../../lib/strategies/guard.js';
import { Circuit } from '../../../../lib/strategies/circuit-breaker/circuit.js';
import { ManualClock } from '../../../../lib/testing/index.js';
import { circuitOf, circuitConfig } from '../../../support/circuit.js';

const down = new Error('down');
const once = { failureThreshold: 1, recoveryTimeout: 1000 };

/** A circuit, and all that it tells the events. */
function observed(options: CircuitBreakerOptions, policy?: string) {
  const clock = new ManualClock();
  const events = new ResilienceEvents();
  const told: ResilienceEvent[] = [];
  events.asObservable().subscribe((event) => told.push(event));
  return { clock, told, circuit: circuitOf(options, { clock, events, label: { name: 'payments', policy } }) };
}

const breakOpen = (circuit: Circuit) => circuit.fail(circuit.acquire(), down, 0);

describe('a circuit', () => {
  it('tells of each change of its state', async () => {
    const { clock, told, circuit } = observed(once, 'shop');
    breakOpen(circuit);
    await clock.advance(1000);
    circuit.succeed(circuit.acquire(), 0);
    circuit.forceOpen();
    circuit.disable();
    const base = { name: 'payments', policy: 'shop', at: 0, time: clock.epoch };
    const later = { ...base, at: 1000, time: clock.epoch + 1000 };
    const nothing = { consecutiveFailures: 0, calls: 0, failures: 0, slowCalls: 0 };
    const counts = { ...nothing, consecutiveFailures: 1 };
    const opened = { type: 'circuit.opened', cause: 'consecutive', counts, retryAfter: 1000, error: down };
    const byHand = { cause: 'manual', counts: nothing };
    expect(told).toStrictEqual([
      { ...opened, ...base, from: 'closed', to: 'open' },
      { type: 'circuit.half-opened', ...later, from: 'open', to: 'half-open', cause: 'trial', counts },
      { type: 'circuit.closed', ...later, from: 'half-open', to: 'closed', cause: 'trial', counts },
      { type: 'circuit.opened', ...later, from: 'closed', to: 'forced-open', ...byHand },
      { type: 'circuit.closed', ...later, from: 'forced-open', to: 'disabled', ...byHand },
    ]);
  });

  it('tells nothing of a state that stays the same, and of a failure that nobody has seen', async () => {
    const { clock, told, circuit } = observed({ ...once, recoveryTimeout: 10, halfOpenTimeout: 5 });
    circuit.reset();
    circuit.forceOpen();
    circuit.reset();
    breakOpen(circuit);
    await clock.advance(10);
    circuit.acquire();
    await clock.advance(5);
    expect(circuit.acquire()).toBe(REFUSED);
    expect(told.map(({ type }) => type)).toEqual([
      'circuit.opened',
      'circuit.closed',
      'circuit.opened',
      'circuit.half-opened',
      'circuit.opened',
    ]);
    expect(told[0]).not.toHaveProperty('error');
    expect(told[0]).not.toHaveProperty('policy');
  });

  it('refuses with when to come back and the failure seen last, and counts and tells that', async () => {
    const { clock, told, circuit } = observed(once);
    breakOpen(circuit);
    await clock.advance(400);
    told.length = 0;
    expect(circuit.acquire()).toBe(REFUSED);
    const refusal = circuit.refuse(undefined);
    expect(refusal).toMatchObject({ circuit: 'payments', retryAfter: 600, cause: down });
    expect(circuit.refuse('mine').cause).toBe('mine');
    expect(circuit.metrics.rejected).toBe(2);
    const base = { name: 'payments', at: 400, time: clock.epoch + 400 };
    expect(told).toStrictEqual([1, 2].map(() => ({ type: 'circuit.rejected', ...base, retryAfter: 600 })));
  });

  it('tells a listener to refusals only those, and nobody where nobody listens', () => {
    const clock = new ManualClock();
    const events = new ResilienceEvents();
    const emitted = jest.spyOn(events, 'emit');
    const circuit = circuitOf(once, { clock, events });
    breakOpen(circuit);
    circuit.refuse(undefined);
    expect(emitted).not.toHaveBeenCalled();
    const told: string[] = [];
    events.on('circuit.rejected', ({ type }) => told.push(type));
    circuit.refuse(undefined);
    circuit.reset();
    expect(told).toEqual(['circuit.rejected']);
  });

  it('forgets the failure seen last when it closes, and keeps it while trials hang', async () => {
    const { clock, circuit } = observed({ ...once, recoveryTimeout: 10 });
    breakOpen(circuit);
    await clock.advance(10);
    circuit.acquire();
    await clock.advance(10);
    circuit.acquire();
    expect(circuit.refuse(undefined).cause).toBe(down);
    circuit.reset();
    circuit.forceOpen();
    expect(circuit.refuse(undefined).cause).toBeUndefined();
  });

  it('tells of the failure that has re-opened it', async () => {
    const { clock, circuit } = observed(once);
    breakOpen(circuit);
    await clock.advance(1000);
    const again = new Error('again');
    circuit.fail(circuit.acquire(), again, 0);
    expect(circuit.refuse(undefined).cause).toBe(again);
  });

  it('keeps the failure seen last through successes where a rate may still open it', () => {
    const { circuit } = observed({ failureRate: 0.5 });
    breakOpen(circuit);
    circuit.succeed(circuit.acquire(), 0);
    circuit.forceOpen();
    expect(circuit.refuse(undefined).cause).toBe(down);
  });

  it('tells of no failure where slow calls have opened it', async () => {
    const slow = { slowCallRate: 1, slowCallDuration: 10, window: { calls: 1 } };
    const { clock, told, circuit } = observed(slow);
    const permit = circuit.acquire();
    await clock.advance(10);
    circuit.succeed(permit, 0);
    expect(told).toStrictEqual([
      {
        type: 'circuit.opened',
        name: 'payments',
        at: 10,
        time: clock.epoch + 10,
        retryAfter: 30_000,
        from: 'closed',
        to: 'open',
        cause: 'slow-rate',
        counts: { consecutiveFailures: 0, calls: 1, failures: 0, slowCalls: 1 },
      },
    ]);
  });

  it.each([
    [9, 'closed'],
    [10, 'open'],
  ])('takes a trial of 10 ms that succeeds after %d ms as %s', async (after, state) => {
    const { clock, circuit } = observed({ ...once, halfOpenTimeout: 10 });
    breakOpen(circuit);
    await clock.advance(1000);
    const trial = circuit.acquire();
    await clock.advance(after);
    circuit.succeed(trial, 0);
    expect(circuit.state).toBe(state);
  });

  it('is not open for a later call once it was reset', () => {
    const { circuit } = observed(once);
    breakOpen(circuit);
    circuit.reset();
    expect(circuit.willRefuseAfter(0)).toBe(false);
  });

  it('knows whether a later call would surely be refused', async () => {
    const { clock, circuit } = observed(once);
    expect(circuit.willRefuseAfter(0)).toBe(false);
    breakOpen(circuit);
    await clock.advance(400);
    expect([599, 600, 601].map((delay) => circuit.willRefuseAfter(delay))).toEqual([true, false, false]);
    await clock.advance(600);
    circuit.acquire();
    expect(circuit.willRefuseAfter(0)).toBe(false);
    circuit.forceOpen();
    expect(circuit.willRefuseAfter(1e9)).toBe(true);
    circuit.disable();
    expect(circuit.willRefuseAfter(0)).toBe(false);
  });

  it('is plain JSON on demand', () => {
    const { circuit } = observed(once);
    const metrics = {
      consecutiveFailures: 0,
      calls: 0,
      failures: 0,
      slowCalls: 0,
      failureRate: 0,
      slowCallRate: 0,
      rejected: 0,
    };
    expect(circuit.snapshot()).toStrictEqual({ name: 'payments', state: 'closed', metrics });
    breakOpen(circuit);
    expect(circuit.snapshot()).toStrictEqual({
      name: 'payments',
      state: 'open',
      metrics: { ...metrics, consecutiveFailures: 1 },
      retryAfter: 1000,
    });
  });

  it('opens after five failures in a row if nothing else is said', () => {
    const { circuit } = observed({});
    for (let n = 0; n < 4; n++) breakOpen(circuit);
    expect(circuit.state).toBe('closed');
    breakOpen(circuit);
    expect(circuit.state).toBe('open');
  });

  it('counts an error by the default rule where its own throws, and says so', () => {
    const error = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const recordAs = () => {
      throw new Error('bug');
    };
    const { circuit } = observed({ ...once, recordAs });
    circuit.fail(circuit.acquire(), Object.assign(new Error('x'), { status: 404 }), 0);
    expect(circuit.state).toBe('closed');
    breakOpen(circuit);
    expect(circuit.state).toBe('open');
    expect(error.mock.calls[0][0]).toContain("recordAs or classify of circuit 'payments' failed: Error: bug");
    error.mockRestore();
  });

  it('counts an error by the default rule where it has none', () => {
    const { circuit } = observed(once);
    circuit.fail(circuit.acquire(), new TypeError('a bug on this side'), 0);
    expect(circuit.state).toBe('closed');
  });
});

describe('the circuits of an application', () => {
  const familyOf = (options: CircuitBreakerOptions, name: string, clock = new ManualClock()) =>
    new KeyedState(
      circuitConfig(options, { clock, label: { name } }),
      (config, key) => new Circuit(config, key),
    );
  const byTenant = { key: (tenant: string) => tenant, maxKeys: 2, idleTtl: 1000, ...once };

  it('are one for a name, or one for each key', () => {
    const single = familyOf({}, 'payments');
    expect(single.name).toBe('payments');
    expect(single.list()).toHaveLength(1);
    expect(single.forCall(['a'])).toBe(single.forCall(['b']));
    expect(single.list()).toEqual([single.forCall([])]);
    const keyed = familyOf(byTenant, 'orders');
    expect(keyed.list()).toEqual([]);
    expect(keyed.forCall(['a'])).not.toBe(keyed.forCall(['b']));
    expect(keyed.forCall(['a'])).toBe(keyed.forKey('a'));
    expect(keyed.list().map(({ name }) => name)).toEqual(['orders[b]', 'orders[a]']);
  });

  it('are bounded, an open one leaving last, and idle closed ones leave', async () => {
    const clock = new ManualClock();
    const family = familyOf(byTenant, 'orders', clock);
    const names = () => family.list().map(({ name }) => name);
    breakOpen(family.forKey('a'));
    family.forKey('b');
    family.forKey('c');
    expect(names()).toEqual(['orders[a]', 'orders[c]']);
    await clock.advance(1000);
    expect(names()).toEqual(['orders[a]']);
  });

  it('are found by name without being used, until they are idle for too long', async () => {
    const clock = new ManualClock();
    const orders = familyOf({ ...byTenant, maxKeys: 5 }, 'orders', clock);
    const registry = new CircuitBreakerRegistry();
    registry.add(orders);
    const circuit = orders.forKey('a[b]');
    await clock.advance(999);
    expect(registry.get('orders[a[b]]')).toBe(circuit);
    expect([registry.get('orders[b]'), registry.get('orders')]).toEqual([undefined, undefined]);
    await clock.advance(1);
    expect(registry.get('orders[a[b]]')).toBeUndefined();
    registry.remove(orders);
    orders.forKey('a[b]');
    expect([registry.get('orders[a[b]]'), ...registry]).toEqual([undefined]);
  });

  it('are found by name, listed, shown and reset together', () => {
    const registry = new CircuitBreakerRegistry();
    const payments = familyOf(once, 'payments');
    const orders = familyOf(byTenant, 'orders');
    for (const family of [payments, orders]) registry.add(family);
    breakOpen(orders.forKey('a'));
    breakOpen(payments.forCall([]));
    expect(registry.get('orders[a]')).toBe(orders.forKey('a'));
    expect(registry.get('payments')?.state).toBe('open');
    expect(registry.get('orders')).toBeUndefined();
    expect(registry.snapshot().map(({ name, state }) => [name, state])).toEqual([
      ['payments', 'open'],
      ['orders[a]', 'open'],
    ]);
    registry.reset();
    expect([...registry].map(({ state }) => state)).toEqual(['closed', 'closed']);
  });
});
