import { describe, expect, it } from '@jest/globals';
import type { FailureKind } from '../../../lib/failures/meaning.js';
import { mergeLayers } from '../../../lib/policy/layers.js';
import { Problems } from '../../../lib/policy/problems.js';
import {
  checkStrategy,
  definitionOf,
  isComplete,
  resolveClassify,
  resolveStrategy,
} from '../../../lib/strategies/policy.options.js';
import type { StrategyName } from '../../../lib/strategies/policy.options.js';

/** Whether merged options are complete, and what is said of them. */
function judged(strategy: StrategyName, options: Record<string, unknown>, problems = new Problems()) {
  const merged = mergeLayers(definitionOf(strategy).rules, [options]);
  const complete = isComplete(strategy, merged, { path: `p.${strategy}` }, problems);
  return { complete, told: problems.list.map(({ path, expected, got }) => [path, expected, got]) };
}

describe('merged options', () => {
  it.each<[StrategyName, string[]]>([
    ['bulkhead', ['maxConcurrent']],
    ['rateLimit', ['limit', 'interval']],
    ['hedge', ['delay']],
    ['fallback', ['use']],
  ])('of %s lack what has no default: %j', (strategy, required) => {
    const { complete, told } = judged(strategy, {});
    expect(complete).toBe(false);
    expect(told.map(([path]) => path)).toEqual(required.map((key) => `p.${strategy}.${key}`));
    const given = Object.fromEntries(required.map((key) => [key, 1]));
    expect(judged(strategy, given)).toEqual({ complete: true, told: [] });
  });

  it.each<StrategyName>(['timeout', 'retry', 'circuitBreaker'])('of %s need nothing', (strategy) => {
    expect(judged(strategy, {})).toEqual({ complete: true, told: [] });
  });

  it('tell what is expected in the place of what is missing', () => {
    expect(judged('bulkhead', {}).told).toEqual([
      ['p.bulkhead.maxConcurrent', 'a whole number from 1', undefined],
    ]);
  });

  it('of a bulkhead may leave the limit to be found', () => {
    expect(judged('bulkhead', { adaptive: true })).toEqual({ complete: true, told: [] });
    expect(judged('bulkhead', { adaptive: false }).complete).toBe(false);
  });

  it('are not said to lack what was given wrong, and are complete but for that', () => {
    const problems = new Problems();
    problems.add('p.bulkhead.maxConcurrent', 'a whole number from 1', -1);
    expect(judged('bulkhead', {}, problems).told).toEqual([
      ['p.bulkhead.maxConcurrent', 'a whole number from 1', -1],
    ]);
    problems.add('p.rateLimit.limit', 'a whole number from 1', -1);
    judged('rateLimit', {}, problems);
    expect(problems.list.map(({ path }) => path)).toEqual([
      'p.bulkhead.maxConcurrent',
      'p.rateLimit.limit',
      'p.rateLimit.interval',
    ]);
  });

  it('of a circuit may contradict each other, and only those of a circuit', () => {
    const contradiction = { slowCallRate: 0.5 };
    expect(judged('circuitBreaker', contradiction).complete).toBe(false);
    expect(judged('retry', contradiction).complete).toBe(true);
  });
});

describe('one strategy', () => {
  it('may be given as the option that it is mostly about', () => {
    const problems = new Problems();
    const use = () => 'answer';
    expect(checkStrategy('timeout', '2s', 'p', problems)).toEqual({ attempt: 2000 });
    expect(checkStrategy('fallback', use, 'p', problems)).toEqual({ use });
    expect(checkStrategy('retry', { maxRetries: 1 }, 'p', problems)).toEqual({ maxRetries: 1 });
    expect(checkStrategy('retry', false, 'p', problems)).toBe(false);
    expect(problems.list).toEqual([]);
    checkStrategy('retry', '2s', 'p.retry', problems);
    expect(problems.list.map(({ path }) => path)).toEqual(['p.retry']);
  });

  it('is off if the strongest layer that names it says so, and else has what all of them say', () => {
    const timeout = (...layers: object[]) => resolveStrategy('timeout', layers);
    expect(timeout()).toBeUndefined();
    expect(timeout({ retry: {} })).toBeUndefined();
    expect(timeout({ timeout: { attempt: 5 } }, { timeout: false })).toBeUndefined();
    expect(timeout({ timeout: { attempt: 5 } }, { timeout: false }, { retry: {} })).toBeUndefined();
    const both = timeout({ timeout: { attempt: 5 } }, { timeout: false }, { timeout: { total: 9 } });
    expect(both).toMatchObject({ attempt: 5, total: 9 });
  });

  it('is classified by the strongest layer that says how', () => {
    const says = (kind: FailureKind) => () => kind;
    const [weak, strong, none] = [says('transient'), says('permanent'), says('unknown')];
    expect(resolveClassify([{ classify: weak }, { classify: strong }, {}], none)).toBe(strong);
    expect(resolveClassify([{}], none)).toBe(none);
  });
});
