import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mergeLayers } from '../../../lib/policy/layers.js';
import { backoffDelay } from '../../../lib/strategies/retry/backoff.js';
import { retryRules } from '../../../lib/strategies/retry/retry.options.js';
import type { ResolvedRetry } from '../../../lib/strategies/retry/retry.options.js';
import { runs } from '../../support/property-runs.js';

const options = (layer: object): ResolvedRetry => mergeLayers(retryRules, [layer as never]);
const delays = (layer: object, random = () => 0.5) =>
  [1, 2, 3, 4].map((retry) => backoffDelay(options(layer), { retry }, random));

describe('the wait before a retry', () => {
  it.each([
    ['constant', [100, 100, 100, 100]],
    ['linear', [100, 200, 300, 400]],
    ['exponential', [100, 200, 400, 800]],
  ])('grows %s', (backoff, expected) => {
    expect(delays({ backoff, baseDelay: 100, jitter: 'none' })).toEqual(expected);
  });

  it('is capped before jitter and never overflows', () => {
    const capped = options({ baseDelay: 100, maxDelay: 250, jitter: 'none' });
    expect(backoffDelay(capped, { retry: 5000 }, () => 0)).toBe(250);
    expect(backoffDelay(options({ baseDelay: 0 }), { retry: 5000 }, () => 0.5)).toBe(0);
  });

  it.each([
    ['none', 0.25, 400],
    ['full', 0.25, 100],
    ['equal', 0.25, 250],
    [0.2, 0, 320],
    [0.2, 0.5, 400],
    [0, 0.9, 400],
  ])('with jitter %s and chance %d is %d', (jitter, chance, expected) => {
    const resolved = options({ baseDelay: 100, jitter });
    expect(backoffDelay(resolved, { retry: 3 }, () => chance)).toBeCloseTo(expected);
  });

  it('is what a backoff function says, capped, with jitter only if that is asked for', () => {
    expect(delays({ backoff: () => '1s', maxDelay: 300 })).toEqual([300, 300, 300, 300]);
    expect(delays({ backoff: () => 200, jitter: 'full' })).toEqual([100, 100, 100, 100]);
    expect(delays({ backoff: () => Infinity, maxDelay: 300 })).toEqual([300, 300, 300, 300]);
    expect(delays({ backoff: () => 1e300, maxDelay: 300 })).toEqual([300, 300, 300, 300]);
    expect(delays({ backoff: () => '60d', maxDelay: 300 })).toEqual([300, 300, 300, 300]);
    expect(() => delays({ backoff: () => NaN })).toThrow('backoff() must return a duration');
  });

  it('stays within its bounds, whatever the options', () => {
    const anything = fc.record({
      backoff: fc.constantFrom('constant', 'linear', 'exponential'),
      jitter: fc.oneof(
        fc.constantFrom('none', 'full', 'equal', 'decorrelated'),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
      ),
      baseDelay: fc.integer({ min: 0, max: 10_000 }),
      multiplier: fc.double({ min: 1, max: 10, noNaN: true }),
      maxDelay: fc.integer({ min: 0, max: 60_000 }),
    });
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(anything, chance, fc.integer({ min: 1, max: 2000 }), (layer, random, retry) => {
        const delay = backoffDelay(options(layer), { retry, previousDelay: layer.maxDelay }, () => random);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(layer.maxDelay);
        const floor = Math.min(layer.baseDelay, layer.maxDelay);
        if (layer.jitter === 'decorrelated') expect(delay).toBeGreaterThanOrEqual(floor);
        if (layer.jitter === 'equal') expect(delay).toBeGreaterThanOrEqual(floor / 2);
      }),
      runs(1000),
    );
  });
});
