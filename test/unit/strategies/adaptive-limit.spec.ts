import { describe, expect, it } from '@jest/globals';
import { mergeLayers } from '../../../lib/policy/layers.js';
import { bulkheadRules } from '../../../lib/strategies/bulkhead/bulkhead.options.js';
import { adaptiveLimitOf } from '../../../lib/strategies/bulkhead/concurrency-limit.js';

function limitOf(options: object) {
  const limit = adaptiveLimitOf(mergeLayers(bulkheadRules, [options]));
  if (!limit) throw new Error('no limit');
  return limit;
}

describe('an adaptive limit', () => {
  it('is there where it is asked for', () => {
    expect(adaptiveLimitOf(mergeLayers(bulkheadRules, [{ maxConcurrent: 3 }]))).toBeUndefined();
    expect(limitOf({ adaptive: true }).current).toBe(20);
    expect(limitOf({ adaptive: true }).metrics).toMatchObject({ floor: 1, ceiling: 200 });
    expect(limitOf({ adaptive: { initial: 7, floor: 5 } }).current).toBe(7);
    expect(limitOf({ adaptive: { floor: 300 } }).metrics.ceiling).toBe(300);
    expect(limitOf({ adaptive: true, maxConcurrent: 9 }).current).toBe(9);
  });

  it('averages the first ten latencies plainly, and lets older ones fade after them', () => {
    const limit = limitOf({ adaptive: { window: 99 } });
    for (let n = 1; n <= 10; n++) limit.observe(n, 20);
    expect(limit.metrics).toMatchObject({ samples: 10, shortLatency: 10 });
    expect(limit.metrics.longLatency).toBeCloseTo(5.5, 10);
    limit.observe(10.5, 20);
    // a weight of 2 / (99 + 1)
    expect(limit.metrics.longLatency).toBeCloseTo(5.5 + 5 * 0.02, 10);
  });

  it('grows by what may queue while latencies hold, as much of it as takes effect at once', () => {
    const limit = limitOf({ adaptive: { initial: 10, queue: 4, smoothing: 0.5 } });
    limit.observe(10, 10);
    expect([limit.current, limit.metrics.gradient]).toEqual([12, 1]);
    limit.observe(10, 12);
    expect(limit.current).toBe(14);
  });

  it('falls with the ratio of the latencies beyond what is tolerated, and by half at most', () => {
    const options = { initial: 100, queue: 0, smoothing: 1, tolerance: 1.5, window: 999 };
    const mild = limitOf({ adaptive: options });
    for (let n = 0; n < 10; n++) mild.observe(10, 100);
    mild.observe(20, 100);
    const { longLatency, gradient } = mild.metrics;
    expect(longLatency).toBeCloseTo(10.02, 10);
    expect(gradient).toBeCloseTo((1.5 * 10.02) / 20, 10);
    expect(mild.current).toBe(75);
    const steep = limitOf({ adaptive: options });
    steep.observe(10, 100);
    for (let n = 0; n < 9; n++) steep.observe(10, 100);
    steep.observe(1000, 100);
    expect([steep.metrics.gradient, steep.current]).toEqual([0.5, 50]);
  });

  it('learns nothing from who uses less than half of it', () => {
    const limit = limitOf({ adaptive: { initial: 10, smoothing: 1 } });
    limit.observe(10, 4);
    expect(limit.current).toBe(10);
    limit.observe(10, 5);
    expect(limit.current).toBe(14);
  });

  it('lets an average fall faster that is more than twice as high as what calls take', () => {
    const limit = limitOf({ adaptive: { window: 999 } });
    limit.observe(30, 1);
    limit.observe(10, 1);
    // the mean of both is 20, exactly twice as much
    expect(limit.metrics.longLatency).toBe(20);
    limit.observe(6, 1);
    // (30 + 10 + 6) / 3 is more than twice 6
    expect(limit.metrics.longLatency).toBeCloseTo((46 / 3) * 0.95, 10);
  });

  it('takes a latency of nothing as the shortest that there is', () => {
    const limit = limitOf({ adaptive: true });
    limit.observe(0, 20);
    expect(limit.metrics).toMatchObject({
      shortLatency: Number.EPSILON,
      longLatency: Number.EPSILON,
      gradient: 1,
    });
  });
});
