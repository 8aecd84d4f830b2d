import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CoarseClock } from '../../../lib/clock/coarse-clock.js';
import { ResilienceEvents } from '../../../lib/events/resilience-events.js';
import { Problems } from '../../../lib/policy/problems.js';
import { Hedge } from '../../../lib/strategies/hedge/hedge.js';
import type { HedgeOptions, ResolvedHedge } from '../../../lib/strategies/hedge/hedge.options.js';
import { Latencies } from '../../../lib/strategies/hedge/latencies.js';
import type { LatencyConfig } from '../../../lib/strategies/hedge/latencies.js';
import { checkPolicy, resolveStrategy } from '../../../lib/strategies/policy.options.js';
import { RetryBudget } from '../../../lib/strategies/retry/retry-budget.js';
import { KeyedState } from '../../../lib/strategies/keyed-state.js';
import { ManualClock } from '../../../lib/testing/index.js';
import { runs } from '../../support/property-runs.js';

function optionsOf(hedge: HedgeOptions): ResolvedHedge {
  const problems = new Problems();
  const layer = checkPolicy({ hedge }, 'p', problems);
  problems.throwIfAny();
  return resolveStrategy('hedge', [layer]) as ResolvedHedge;
}

function configOf(hedge: HedgeOptions): LatencyConfig {
  const clock = new ManualClock();
  const deps = { clock, coarse: new CoarseClock(clock), events: new ResilienceEvents() };
  return { label: { name: 'pay' }, options: optionsOf(hedge), deps };
}

function seen(latencies: Latencies, values: readonly number[]): Latencies {
  for (const value of values) latencies.record(value);
  return latencies;
}

/** The least of the latest thousand that a share of them does not exceed. */
function percentile(values: readonly number[], share: number): number {
  const latest = values.slice(-1000);
  const suits = (limit: number) =>
    latest.filter((value) => value <= limit).length >= share * latest.length - 1e-9;
  return Math.min(...latest.filter(suits));
}

describe('the delay of a hedge', () => {
  it('is a duration, whatever is recorded', () => {
    const latencies = seen(new Latencies(configOf({ delay: '2s' })), Array<number>(50).fill(1));
    expect([latencies.delay, latencies.isLearning, latencies.isIdle]).toEqual([2000, false, true]);
  });

  it('is not known before 20 latencies were seen', () => {
    const latencies = new Latencies(configOf({ delay: 'p50' }));
    expect(latencies.isLearning).toBe(true);
    for (let count = 1; count < 20; count++) expect(seen(latencies, [count]).delay).toBeUndefined();
    expect(seen(latencies, [20]).delay).toBe(10);
  });

  it('is worked out anew after 20 more, or with other options', () => {
    const latencies = seen(new Latencies(configOf({ delay: 'p90' })), Array<number>(20).fill(1));
    expect(latencies.delay).toBe(1);
    expect(seen(latencies, Array<number>(19).fill(9)).delay).toBe(1);
    expect(seen(latencies, [9]).delay).toBe(9);
    latencies.reconfigure(configOf({ delay: 'p10' }));
    expect(latencies.delay).toBe(1);
    latencies.reconfigure(configOf({ delay: 300 }));
    expect(latencies.delay).toBe(300);
  });

  it('is what a sorted list of the latest thousand says', () => {
    const times = fc.array(fc.integer({ min: 0, max: 5000 }), {
      minLength: 20,
      maxLength: 1500,
      size: 'max',
    });
    fc.assert(
      fc.property(times, fc.constantFrom(0.01, 0.5, 0.95, 0.99, 0.999), (values, share) => {
        const latencies = seen(new Latencies(configOf({ delay: `p${share * 100}` })), values);
        expect(latencies.delay).toBe(percentile(values, share));
      }),
      runs(60),
    );
  });

  it.each<[unknown, object]>([
    ['p95', { share: 0.95 }],
    ['p5', { share: 0.05 }],
    ['p12.5', { share: 0.125 }],
    ['p99.25', { share: 0.9925 }],
  ])('may be a percentile: %p', (delay, expected) => {
    expect(optionsOf({ delay } as HedgeOptions)).toMatchObject({ delay: expected, maxHedges: 1 });
  });

  it.each(['p0', 'p100', 'p', 'p9x', 'xp95', 'p1.', 'P95', 'p0.0', -1, true, { share: 0.5 }])(
    'is nothing else: %p',
    (delay) => {
      expect(() => optionsOf({ delay } as never)).toThrow("a percentile such as 'p95'");
    },
  );

  it.each([0, 1.5, -1])('makes no use of %p hedges', (maxHedges) => {
    expect(() => optionsOf({ delay: 1, maxHedges })).toThrow('hedge.maxHedges');
  });
});

describe('a hedge', () => {
  it('has latencies of its own, a budget if it has one, and repeats what its rule repeats', () => {
    const config = configOf({ delay: 1 });
    const latencies = new KeyedState<Latencies, LatencyConfig>(config, (shared) => new Latencies(shared));
    const repeats = (error: unknown) => error === 'again';
    const { clock, coarse } = config.deps;
    const budget = new RetryBudget({ ratio: 1, minPerSecond: 1, window: 1000 }, clock, coarse);
    const hedge = new Hedge(config.label, config.options, { budget, repeats, latencies });
    expect(hedge.latencies).toBe(latencies);
    expect(hedge.budget).toBe(budget);
    expect([hedge.repeats('again'), hedge.repeats('never')]).toEqual([true, false]);
  });
});
