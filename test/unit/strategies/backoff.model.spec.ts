import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mergeLayers } from '../../../lib/policy/layers.js';
import { backoffDelay } from '../../../lib/strategies/retry/backoff.js';
import { retryRules } from '../../../lib/strategies/retry/retry.options.js';
import type { ResolvedRetry } from '../../../lib/strategies/retry/retry.options.js';
import { runs } from '../../support/property-runs.js';

interface Chosen {
  base: number;
  multiplier: number;
  max: number;
  /** What a backoff function returns. */
  own: number;
}

/** d(n), before the cap. */
const KINDS = {
  constant: ({ base }: Chosen) => base,
  linear: ({ base }: Chosen, n: number) => base * n,
  exponential: ({ base, multiplier }: Chosen, n: number) => base * Math.pow(multiplier, n - 1),
  function: ({ own }: Chosen) => own,
};

const U = (a: number, b: number, random: number) => a + random * (b - a);

/** The wait, of the capped d and one random number. */
const JITTERS = {
  none: (d: number) => d,
  full: (d: number, random: number) => U(0, d, random),
  equal: (d: number, random: number) => d / 2 + U(0, d / 2, random),
};

const chosen = fc.record({
  base: fc.integer({ min: 0, max: 10_000 }),
  multiplier: fc.double({ min: 1, max: 10, noNaN: true }),
  max: fc.integer({ min: 0, max: 60_000 }),
  own: fc.integer({ min: 0, max: 100_000 }),
});
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const retries = fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 7, max: 5000 }));

function optionsOf(
  kind: keyof typeof KINDS,
  jitter: unknown,
  { base, multiplier, max, own }: Chosen,
): ResolvedRetry {
  const backoff = kind === 'function' ? () => own : kind;
  const layer = { backoff, jitter, baseDelay: base, multiplier, maxDelay: max };
  return mergeLayers(retryRules, [layer as never]);
}

/** Zero stays zero: 0 · ∞ is no wait. */
const capped = (kind: keyof typeof KINDS, options: Chosen, n: number) =>
  kind !== 'function' && options.base === 0 ? 0 : Math.min(options.max, KINDS[kind](options, n));

const kinds = Object.keys(KINDS) as (keyof typeof KINDS)[];

describe.each(kinds)('the wait of backoff %s', (kind) => {
  it.each(Object.entries(JITTERS))('with jitter %s is the closed formula', (jitter, formula) => {
    fc.assert(
      fc.property(chosen, chance, retries, (options, random, retry) => {
        const expected = formula(capped(kind, options, retry), random);
        const delay = backoffDelay(optionsOf(kind, jitter, options), { retry }, () => random);
        expect(delay).toBeCloseTo(expected, 6);
      }),
      runs(300),
    );
  });

  it('with a ratio f is d · (1 − f + 2f · random()), never above maxDelay', () => {
    const ratio = fc.double({ min: 0.01, max: 1, noNaN: true });
    fc.assert(
      fc.property(chosen, ratio, chance, retries, (options, f, random, retry) => {
        const d = capped(kind, options, retry);
        const expected = Math.min(options.max, d * (1 - f + 2 * f * random));
        const delay = backoffDelay(optionsOf(kind, f, options), { retry }, () => random);
        expect(delay).toBeCloseTo(expected, 6);
      }),
      runs(300),
    );
  });

  it('with decorrelated jitter is min(max, U[base, 3 · previous]), previous starting at base', () => {
    const previous = fc.option(fc.integer({ min: 0, max: 60_000 }), { nil: undefined });
    fc.assert(
      fc.property(chosen, previous, chance, retries, (options, before, random, retry) => {
        const { base, max } = options;
        const expected = Math.min(max, U(base, Math.max(base, 3 * (before ?? base)), random));
        const context = { retry, previousDelay: before };
        const delay = backoffDelay(optionsOf(kind, 'decorrelated', options), context, () => random);
        expect(delay).toBeCloseTo(expected, 6);
      }),
      runs(300),
    );
  });

  it('without a jitter option is fully spread, but a backoff function is taken at its word', () => {
    fc.assert(
      fc.property(chosen, chance, retries, (options, random, retry) => {
        const formula = kind === 'function' ? JITTERS.none : JITTERS.full;
        const delay = backoffDelay(optionsOf(kind, undefined, options), { retry }, () => random);
        expect(delay).toBeCloseTo(formula(capped(kind, options, retry), random), 6);
      }),
      runs(300),
    );
  });
});
