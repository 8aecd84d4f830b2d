import { describe, expect, it } from '@jest/globals';
import { CoarseClock } from '../../../lib/clock/coarse-clock.js';
import { ResilienceEvents } from '../../../lib/events/resilience-events.js';
import { AlarmClock } from '../../../lib/pipeline/guards/alarm-clock.js';
import { mergeLayers } from '../../../lib/policy/layers.js';
import { Bulkhead } from '../../../lib/strategies/bulkhead/bulkhead.js';
import { bulkheadRules } from '../../../lib/strategies/bulkhead/bulkhead.options.js';
import { MUST_WAIT, REFUSED } from '../../../lib/strategies/guard.js';
import { Waiter } from '../../../lib/strategies/linked-list.js';
import { RateLimit } from '../../../lib/strategies/rate-limit/rate-limit.js';
import { rateLimitRules } from '../../../lib/strategies/rate-limit/rate-limit.options.js';
import { ManualClock } from '../../../lib/testing/index.js';

const clock = new ManualClock();
const events = new ResilienceEvents();
const deps = { clock, coarse: new CoarseClock(clock), events };
const label = { name: 'orders', policy: 'shop' };

const bulkheadConfig = (options: object) => ({ label, options: mergeLayers(bulkheadRules, [options]), deps });
const rateConfig = (options: object) => ({
  label,
  options: mergeLayers(rateLimitRules, [options]),
  deps,
  newAlarm: (ring: () => void) => new AlarmClock(clock, ring),
});

/** What the listeners are told meanwhile. */
function told(what: () => unknown): unknown[] {
  const heard: unknown[] = [];
  const subscription = events.asObservable().subscribe((event) => heard.push(event));
  what();
  subscription.unsubscribe();
  return heard;
}

describe('a bulkhead', () => {
  it('counts and tells whom it refuses, by its name', () => {
    const bulkhead = new Bulkhead(bulkheadConfig({ maxConcurrent: 1 }), 'eu');
    expect(bulkhead.name).toBe('orders[eu]');
    const heard = told(() => expect(bulkhead.refuse()).toMatchObject({ code: 'RESILIENCE_BULKHEAD_FULL' }));
    expect(heard).toEqual([
      expect.objectContaining({ type: 'bulkhead.rejected', name: 'orders', key: 'eu', policy: 'shop' }),
    ]);
    expect(bulkhead.snapshot()).toEqual({ name: 'orders[eu]', limit: 1, running: 0, queued: 0, rejected: 1 });
    expect(bulkhead.refuse().message).toContain('orders[eu]');
  });

  it('is idle while nobody is in it and nobody waits', () => {
    const bulkhead = new Bulkhead(bulkheadConfig({ maxConcurrent: 1, maxQueue: 1 }));
    expect(bulkhead.isIdle).toBe(true);
    expect(bulkhead.acquire()).toBe(0);
    expect([bulkhead.isIdle, bulkhead.acquire(), bulkhead.running]).toEqual([false, MUST_WAIT, 1]);
    bulkhead.release();
    expect(bulkhead.isIdle).toBe(true);
  });

  it('lets in who waits when it grows, and lets out who is too many', () => {
    const bulkhead = new Bulkhead(bulkheadConfig({ maxConcurrent: 1, maxQueue: 3 }));
    const turns: number[] = [];
    bulkhead.acquire();
    for (const id of [1, 2, 3]) bulkhead.enqueue(new Waiter(() => turns.push(id)));
    bulkhead.reconfigure(bulkheadConfig({ maxConcurrent: 3, maxQueue: 3 }));
    expect([turns, bulkhead.running, bulkhead.queued, bulkhead.limit]).toEqual([[1, 2], 3, 1, 3]);
    bulkhead.reconfigure(bulkheadConfig({ maxConcurrent: 1, maxQueue: 3 }));
    bulkhead.release();
    bulkhead.release();
    expect([turns, bulkhead.running]).toEqual([[1, 2], 1]);
    bulkhead.release();
    expect(turns).toEqual([1, 2, 3]);
    expect(bulkhead.acquire()).toBe(MUST_WAIT);
  });

  it('keeps what it has learned under the same options, and begins anew under others', () => {
    const learning = { adaptive: true, maxConcurrent: 40 };
    const bulkhead = new Bulkhead(bulkheadConfig(learning));
    expect([bulkhead.isTimed, bulkhead.limit]).toEqual([true, 20]);
    for (let count = 0; count < 20; count++) bulkhead.acquire();
    bulkhead.release();
    expect(bulkhead.snapshot().adaptive).toMatchObject({ samples: 0 });
    for (let count = 0; count < 5; count++) bulkhead.succeed(0, clock.now() - 10);
    const { limit, adaptive } = bulkhead.snapshot();
    expect(limit).toBeGreaterThan(20);
    expect(adaptive).toMatchObject({ samples: 5, ceiling: 40 });
    bulkhead.reconfigure(bulkheadConfig({ ...learning, maxQueue: 5 }));
    expect(bulkhead.snapshot()).toMatchObject({ limit, adaptive });
    bulkhead.reconfigure(bulkheadConfig({ ...learning, maxConcurrent: 30 }));
    expect(bulkhead.snapshot()).toMatchObject({ limit: 20, adaptive: { samples: 0, ceiling: 30 } });
    bulkhead.reconfigure(bulkheadConfig({ adaptive: { initial: 7 }, maxConcurrent: 30 }));
    expect(bulkhead.limit).toBe(7);
    bulkhead.reconfigure(bulkheadConfig({ maxConcurrent: 30 }));
    expect([bulkhead.isTimed, bulkhead.limit]).toEqual([false, 30]);
    bulkhead.succeed(0, clock.now() - 10);
    expect(bulkhead.snapshot().adaptive).toBeUndefined();
  });
});

describe('a rate limit', () => {
  it('tells whom it refuses when to come back, by its name', () => {
    const limit = new RateLimit(rateConfig({ limit: 1, interval: 1000 }), 'eu');
    expect([limit.acquire(), limit.acquire(), limit.isIdle]).toEqual([0, REFUSED, false]);
    const heard = told(() =>
      expect(limit.refuse()).toMatchObject({ code: 'RESILIENCE_RATE_LIMITED', retryAfter: 1000 }),
    );
    expect(heard).toEqual([
      expect.objectContaining({
        type: 'rate-limit.rejected',
        name: 'orders',
        key: 'eu',
        policy: 'shop',
        retryAfter: 1000,
      }),
    ]);
    expect(limit.refuse().message).toContain('orders[eu]');
  });

  it('is idle from the very moment on in which everything has come back', async () => {
    const limit = new RateLimit(rateConfig({ limit: 4, interval: 1000 }));
    expect([limit.isIdle, limit.acquire(), limit.isIdle]).toEqual([true, 0, false]);
    await clock.advance(249);
    expect(limit.isIdle).toBe(false);
    await clock.advance(1);
    expect(limit.isIdle).toBe(true);
  });

  it('lets wait whose turn comes just in time, and nobody for longer', () => {
    const queues = (maxWait: number) => {
      const limit = new RateLimit(rateConfig({ limit: 1, interval: 1000, maxWait }));
      limit.acquire();
      return [limit.acquire(), limit.enqueue(new Waiter(() => undefined), clock.now())];
    };
    expect([queues(999), queues(1000)]).toEqual([
      [REFUSED, false],
      [MUST_WAIT, true],
    ]);
  });

  it('is idle again once its burst has come back and nobody waits', async () => {
    const limit = new RateLimit(rateConfig({ limit: 1, interval: 1000, maxWait: 5000 }));
    expect([limit.isIdle, limit.acquire()]).toEqual([true, 0]);
    const turns: number[] = [];
    limit.enqueue(new Waiter(() => turns.push(clock.now())), clock.now());
    expect([limit.queued, limit.isIdle]).toEqual([1, false]);
    await clock.advance(1000);
    expect([turns.length, limit.queued, limit.isIdle]).toEqual([1, 0, false]);
    await clock.advance(1000);
    expect(limit.isIdle).toBe(true);
  });

  it('serves who waits by other options as soon as it has them', async () => {
    const limit = new RateLimit(rateConfig({ limit: 1, interval: 10_000, maxWait: 60_000 }));
    limit.acquire();
    const turns: number[] = [];
    for (const id of [1, 2]) limit.enqueue(new Waiter(() => turns.push(id)), clock.now());
    await clock.advance(1000);
    expect(turns).toEqual([]);
    limit.reconfigure(rateConfig({ limit: 1, interval: 1000, burst: 12, maxWait: 60_000 }));
    expect([turns, clock.pending]).toEqual([[1, 2], 0]);
    limit.reconfigure(rateConfig({ limit: 1, interval: 2000, maxWait: 60_000 }));
    expect(limit.config.options.interval).toBe(2000);
  });

  it('counts what it has let through by the new rate as soon as it has one', () => {
    const limit = new RateLimit(rateConfig({ limit: 2, interval: 1000 }));
    expect([limit.acquire(), limit.acquire()]).toEqual([0, 0]);
    expect(limit.waitAt(clock.now())).toBe(500);
    // two at once are worth a second, and four within it leave room for another one after a quarter
    limit.reconfigure(rateConfig({ limit: 4, interval: 1000 }));
    expect(limit.waitAt(clock.now())).toBe(250);
  });
});
