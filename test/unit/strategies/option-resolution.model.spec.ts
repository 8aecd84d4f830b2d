import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { classifyFailure } from '../../../lib/failures/classify-failure.js';
import { Problems } from '../../../lib/policy/problems.js';
import { checkPolicy, resolveClassify, resolveStrategy } from '../../../lib/strategies/policy.options.js';
import { runs } from '../../support/property-runs.js';

/** Those with the most options; all share one resolution. */
type StrategyName = 'timeout' | 'retry' | 'circuitBreaker';

/** What a user writes, and what it means. */
type Written = readonly [written: unknown, meant: unknown];
type Table = Record<string, readonly Written[]>;

const same = (...values: unknown[]): Written[] => values.map((value) => [value, value]);
const times: Written[] = [
  [250, 250],
  ['2s', 2000],
  ['1m', 60_000],
];
const hook = () => undefined;

const budget: Table = { ratio: same(0, 0.5, 1), minPerSecond: same(0, 3), window: times };
const tables: Record<StrategyName, Table> = {
  timeout: { attempt: times, total: times },
  retry: {
    maxRetries: same(0, 1, 7),
    backoff: same('constant', 'linear', hook),
    baseDelay: [...times, [0, 0]],
    multiplier: same(1, 3.5),
    maxDelay: times,
    jitter: same('none', 'equal', 0.3),
    maxElapsed: times,
    retryOnResult: same(hook),
    respectRetryAfter: same(true, false),
    maxRetryAfter: times,
    resubscribeAfterValues: same(true, false),
    onRetry: same(hook),
    name: same('a', 'b'),
  },
  circuitBreaker: {
    failureThreshold: same(1, 9),
    failureRate: same(0.1, 1),
    slowCallRate: same(0.5),
    slowCallDuration: times,
    window: [...times, [{ calls: 20 }, { calls: 20 }]],
    minimumCalls: same(1, 5),
    recoveryTimeout: times,
    recoveryMultiplier: same(1, 2),
    maxRecoveryTimeout: times,
    halfOpenMaxCalls: same(2),
    successThreshold: same(3),
    halfOpenTimeout: times,
    recordAs: same(hook),
    name: same('c'),
    key: same(hook),
    maxKeys: same(10),
    idleTtl: times,
  },
};

/** The documented defaults. */
const builtIn: Record<StrategyName, object> = {
  timeout: {},
  retry: {
    maxRetries: 3,
    backoff: 'exponential',
    baseDelay: 200,
    multiplier: 2,
    maxDelay: 30_000,
    respectRetryAfter: true,
    resubscribeAfterValues: false,
    maxRetryAfter: 60_000,
    budget: { ratio: 0.2, minPerSecond: 10, window: 10_000 },
  },
  circuitBreaker: {
    window: 10_000,
    recoveryTimeout: 30_000,
    recoveryMultiplier: 1,
    maxRecoveryTimeout: 300_000,
    halfOpenMaxCalls: 1,
    successThreshold: 1,
    maxKeys: 1000,
    idleTtl: 600_000,
  },
};

/** Some of a table's options, written down; a key may be there with the value undefined. */
function someOf(table: Table): fc.Arbitrary<Record<string, Written>> {
  const nothing: Written = [undefined, undefined];
  const values: Record<string, fc.Arbitrary<Written>> = {};
  for (const [key, choices] of Object.entries(table)) values[key] = fc.constantFrom(nothing, ...choices);
  return fc.record(values, { requiredKeys: [] }) as fc.Arbitrary<Record<string, Written>>;
}

const pick = (layer: Record<string, Written>, side: 0 | 1) =>
  Object.fromEntries(Object.entries(layer).map(([key, value]) => [key, value[side]]));

const off: Written = [false, false];
const absent: Written = [undefined, undefined];
const asGroup = (layer: Record<string, Written>): Written => [pick(layer, 0), pick(layer, 1)];
const groupOf = (table: Table) => fc.oneof(fc.constantFrom(off, absent), someOf(table).map(asGroup));

const retryLayer = fc
  .tuple(someOf(tables.retry), groupOf(budget))
  .map(([layer, shared]): Written => asGroup({ ...layer, budget: shared }));
const attemptOnly = fc
  .constantFrom(...times)
  .map(([written, meant]): Written => [written, { attempt: meant }]);
const orOff = (layer: fc.Arbitrary<Written>) =>
  fc.oneof({ weight: 4, arbitrary: layer }, { weight: 1, arbitrary: fc.constantFrom(off, absent) });
const policy = fc.record({
  timeout: orOff(fc.oneof(someOf(tables.timeout).map(asGroup), attemptOnly)),
  retry: orOff(retryLayer),
  circuitBreaker: orOff(someOf(tables.circuitBreaker).map(asGroup)),
});

const defined = (layer: object) => Object.entries(layer).filter(([, value]) => value !== undefined);

/** The last word on every key; objects within are merged by the same rule. */
function naiveMerge(weaker: object, stronger: object): object {
  const merged: Record<string, unknown> = Object.fromEntries(defined(weaker));
  for (const [key, value] of defined(stronger)) {
    const isGroup = key === 'budget' && value !== false;
    merged[key] = isGroup ? naiveMerge(merged[key] || builtInBudget, value as object) : value;
  }
  return merged;
}
const builtInBudget = (builtIn.retry as { budget: object }).budget;

function naiveResolve(
  strategy: StrategyName,
  layers: readonly Record<string, Written>[],
): object | undefined {
  const meant = layers.map((layer) => layer[strategy][1]).filter((value) => value !== undefined);
  if (meant.length === 0 || meant.at(-1) === false) return undefined;
  return (meant.filter(Boolean) as object[]).reduce(naiveMerge, builtIn[strategy]);
}

const strategies = Object.keys(tables) as StrategyName[];

describe('the options of a policy', () => {
  it.each(strategies)(
    'are what a naive merge of built-in, defaults, named and inline says: %s',
    (strategy) => {
      fc.assert(
        fc.property(fc.array(policy, { minLength: 1, maxLength: 3 }), (layers) => {
          const problems = new Problems();
          const checked = layers.map((layer) => checkPolicy(pick(layer, 0), 'policy', problems));
          expect(problems.list).toEqual([]);
          const resolved = resolveStrategy(strategy, checked);
          expect(resolved && Object.fromEntries(defined(resolved))).toEqual(naiveResolve(strategy, layers));
        }),
        runs(500),
      );
    },
  );

  it('cannot be changed once they are merged', () => {
    expect(Object.isFrozen(resolveStrategy('retry', [{ retry: {} }]))).toBe(true);
  });

  it('are off if no layer mentions the strategy', () => {
    expect(resolveStrategy('retry', [])).toBeUndefined();
    expect(resolveStrategy('retry', [{}, { timeout: {} }])).toBeUndefined();
    expect(resolveStrategy('retry', [{ retry: {} }, { retry: false }])).toBeUndefined();
    expect(resolveStrategy('retry', [{ retry: false }, { retry: {} }])).toMatchObject({ maxRetries: 3 });
  });

  it('take the classification of the strongest layer that brings one', () => {
    const weak = () => 'transient' as const;
    const strong = () => 'permanent' as const;
    expect(resolveClassify([], classifyFailure)).toBe(classifyFailure);
    expect(resolveClassify([{ classify: weak }, { classify: strong }, {}], classifyFailure)).toBe(strong);
  });
});
