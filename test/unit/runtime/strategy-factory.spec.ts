import { describe, expect, it } from '@jest/globals';
import { Problems } from '../../../lib/policy/problems.js';
import { checkRetriesEnd, StrategyFactory } from '../../../lib/runtime/strategy-factory.js';
import type { StrategyRequest } from '../../../lib/runtime/strategy-request.js';
import { checkPolicy } from '../../../lib/strategies/policy.options.js';
import type { PolicyOptions } from '../../../lib/strategies/policy.options.js';
import { services } from '../../support/pipeline.js';

/** A factory, and the strategies that it makes of a policy. */
function factoryOf() {
  const tools = services();
  const factory = new StrategyFactory(tools);
  const made = (policy: PolicyOptions, more: Partial<StrategyRequest> = {}, from = factory) => {
    const problems = new Problems();
    const layers = [checkPolicy(policy, 'policy', problems)];
    const request = { layers, name: 'orders', identity: 'orders', where: 'policy', ...more };
    const parts = from.parts(request.where, () => request, problems);
    return { parts, told: problems.list.map(({ path, expected }) => `${path}: ${expected}`) };
  };
  return { ...tools, factory, made };
}

describe('a factory of strategies', () => {
  it('makes those that the layers configure, and knows their options and the names of their states', () => {
    const { parts } = factoryOf().made({
      retry: { maxRetries: 1 },
      bulkhead: { maxConcurrent: 5, name: 'pool' },
    });
    const used = Object.entries(parts).filter(([name, part]) => name !== 'inForce' && part !== undefined);
    expect(used.map(([name]) => name)).toEqual(['retry', 'bulkhead']);
    expect(Object.keys(parts.inForce)).toEqual(['retry', 'bulkhead']);
    expect(parts.inForce.bulkhead).toMatchObject({
      name: 'pool',
      options: { maxConcurrent: 5, maxQueue: 0 },
    });
    expect(parts.inForce.retry).toMatchObject({ name: 'orders', options: { maxRetries: 1, baseDelay: 200 } });
  });

  it('asks for each strategy by itself: a method may configure one of them in a place of its own', () => {
    const { factory } = factoryOf();
    const problems = new Problems();
    const layers = [checkPolicy({ retry: {}, hedge: { delay: 5 } }, 'policy', problems)];
    const request = { layers, name: 'orders', identity: 'orders', where: 'policy' };
    const parts = factory.parts(
      'policy',
      (strategy) => (strategy === 'hedge' ? request : undefined),
      problems,
    );
    expect([parts.retry, parts.hedge?.name]).toEqual([undefined, 'orders']);
    expect(factory.parts('policy', () => request, problems, ['retry']).hedge).toBeUndefined();
  });

  it('tells what is missing in the place of the policy, or of the strategy itself', () => {
    const { made } = factoryOf();
    expect(made({ bulkhead: {} })).toMatchObject({
      parts: { bulkhead: undefined, inForce: {} },
      told: ['policy.bulkhead.maxConcurrent: a whole number from 1'],
    });
    const { told } = made({ bulkhead: {} }, { where: '@Bulkhead() of Orders.find', isSpecific: true });
    expect(told).toEqual(['@Bulkhead() of Orders.find.maxConcurrent: a whole number from 1']);
  });

  it('names states by the policy, else by the method, unless a name is written', () => {
    const { made, circuits } = factoryOf();
    made({ circuitBreaker: {} }, { policy: 'payments' });
    made({ circuitBreaker: {} });
    made({ circuitBreaker: { name: 'written' } }, { policy: 'payments' });
    expect([...circuits].map(({ name }) => name)).toEqual(['payments', 'orders', 'written']);
  });

  it('shares states between requests of one name and identity', () => {
    const { made } = factoryOf();
    const policy = { circuitBreaker: {}, retry: {} };
    const [first, second] = [made(policy, { policy: 'payments' }), made(policy, { policy: 'payments' })];
    expect(second.parts.circuitBreaker).toBe(first.parts.circuitBreaker);
    expect(second.parts.retry?.budget).toBe(first.parts.retry?.budget);
    const stranger = made(policy, { identity: class {} });
    expect(made(policy).parts.circuitBreaker).not.toBe(stranger.parts.circuitBreaker);
  });

  it('draws hedges and retries of one name from one budget', () => {
    const { parts } = factoryOf().made({ retry: {}, hedge: { delay: 100 } });
    expect(parts.retry?.budget).toBeDefined();
    expect(parts.hedge?.budget).toBe(parts.retry?.budget);
  });

  it('finds the fallback that is named on every class that has the method', () => {
    class Orders {
      cached(): string {
        return 'cached';
      }
    }
    const { made } = factoryOf();
    const prototypes = [Orders.prototype];
    expect(made({ fallback: { use: 'cached' } }, { prototypes }).told).toEqual([]);
    const missing = made({ fallback: { use: 'cache' } }, { prototypes });
    expect(missing.told).toEqual(['policy.fallback: the name of a method of the class']);
    expect(missing.parts.fallback).toBeUndefined();
    expect(made({ fallback: { use: 'cached' } }, { prototypes: [Orders.prototype, {}] }).told).toHaveLength(
      1,
    );
    expect(made({ fallback: { use: 'cached' } }).told).toEqual(['policy.fallback: a function']);
  });

  it('keeps states under new options once a draft is in force, and not before', () => {
    const { factory, made, circuits } = factoryOf();
    const { parts } = made({ circuitBreaker: { failureThreshold: 1 } });
    const draft = factory.draft();
    const next = made({ circuitBreaker: { failureThreshold: 9 } }, { previous: parts }, draft);
    expect(next.parts.circuitBreaker).toBe(parts.circuitBreaker);
    expect(parts.circuitBreaker?.config.failureThreshold).toBe(1);
    factory.commit(draft);
    expect(parts.circuitBreaker?.config.failureThreshold).toBe(9);
    expect([...circuits]).toHaveLength(1);
  });

  it('takes states that nothing uses any more out of the registry, and marks them', () => {
    const { factory, made, circuits } = factoryOf();
    const { parts } = made({ circuitBreaker: {} });
    factory.withdraw('policy');
    expect([parts.circuitBreaker?.isDropped, [...circuits]]).toEqual([true, []]);
  });

  it('takes the states of strategies away that a draft no longer has', () => {
    const { factory, made, circuits } = factoryOf();
    const { parts } = made({ circuitBreaker: {}, retry: {} });
    const draft = factory.draft();
    made({ retry: {} }, { previous: parts }, draft);
    expect([...circuits]).toHaveLength(1);
    factory.commit(draft);
    expect([parts.circuitBreaker?.isDropped, [...circuits]]).toEqual([true, []]);
  });

  it('tells of a written name whose options a draft changes in one place only', () => {
    const { factory, made } = factoryOf();
    const circuitBreaker = { name: 'shared' };
    const { parts } = made({ circuitBreaker }, { where: 'a' });
    made({ circuitBreaker }, { where: 'b' });
    const draft = factory.draft();
    made({ circuitBreaker: { ...circuitBreaker, minimumCalls: 2 } }, { where: 'a', previous: parts }, draft);
    const problems = new Problems();
    draft.checkDraft(problems);
    expect(problems.list).toMatchObject([{ path: 'a.name', got: 'shared' }]);
  });
});

describe('retries without an end', () => {
  /** The complaints about a policy whose retries have no end. */
  function complaintsOf(policy: PolicyOptions, maxRetries: number) {
    const { inForce } = factoryOf().made(policy).parts;
    const problems = new Problems();
    const retry = inForce.retry && { ...inForce.retry, options: { ...inForce.retry.options, maxRetries } };
    checkRetriesEnd({ ...inForce, retry }, 'policy.retry', problems);
    return problems.list;
  }

  const endless = {
    path: 'policy.retry.maxRetries',
    expected: 'a number, or Infinity together with retry.maxElapsed or a total timeout',
    got: Infinity,
  };

  it.each<PolicyOptions>([{ retry: {} }, { retry: {}, timeout: { attempt: '1s' } }])(
    'are refused where nothing limits the time in which they may begin: %j',
    (policy) => {
      expect(complaintsOf(policy, Infinity)).toEqual([endless]);
      expect(complaintsOf(policy, 1e9)).toEqual([]);
    },
  );

  it.each<PolicyOptions>([
    {},
    { timeout: { attempt: '1s' } },
    { retry: { maxElapsed: '1m' } },
    { retry: {}, timeout: { total: '1m' } },
  ])('are fine within a limit of the time, and where there is no retry: %j', (policy) => {
    expect(complaintsOf(policy, Infinity)).toEqual([]);
  });
});
