import { describe, expect, it } from '@jest/globals';
import { Fallback } from '../../../lib/strategies/fallback/fallback.js';
import {
  checkPolicy,
  definitionOf,
  resolveStrategy,
  STRATEGY_NAMES,
} from '../../../lib/strategies/policy.options.js';
import type { PolicyOptions, StrategyName } from '../../../lib/strategies/policy.options.js';
import { Problems } from '../../../lib/policy/problems.js';
import { placedStrategies, withoutStrategies } from '../../../lib/pipeline/pipeline-parts.js';
import { engineOf } from '../../support/pipeline.js';

/** The options of one strategy with everything that was not given. */
function optionsOf(strategy: StrategyName, policy: PolicyOptions): never {
  return resolveStrategy(strategy, [checkPolicy(policy, 'p', new Problems())]) as never;
}

/** The options that `describe()` shows. */
function described(strategy: StrategyName, policy: PolicyOptions): object | undefined {
  return definitionOf(strategy).describe?.(optionsOf(strategy, policy));
}

const everything: PolicyOptions = {
  cache: { ttl: '1m' },
  coalesce: {},
  bulkhead: { maxConcurrent: 5 },
  rateLimit: { limit: 5, interval: 1000 },
  circuitBreaker: {},
  hedge: { delay: 100 },
  retry: {},
  timeout: { attempt: 1000, total: 5000 },
  fallback: () => 'instead',
};

describe('the strategies', () => {
  it('stand in one order, outermost first, whatever order a policy writes them in', () => {
    const order = [
      'fallback',
      'cache',
      'coalesce',
      'timeout',
      'retry',
      'hedge',
      'circuitBreaker',
      'rateLimit',
      'bulkhead',
    ];
    expect(STRATEGY_NAMES).toEqual([...order, 'chaos']);
    const { parts } = engineOf({ ...everything, chaos: { faults: [{ kind: 'hang' }] } });
    expect(Object.keys(parts.inForce)).toEqual(order);
  });

  it('have their places: around the call, before each attempt, or in the engine itself', () => {
    const { parts, pipeline, deps } = engineOf(everything);
    const { wrappers, guards, bodies } = placedStrategies(pipeline.parts);
    expect(wrappers).toEqual([parts.fallback, parts.cache, parts.coalesce]);
    expect(guards).toEqual([parts.circuitBreaker, parts.rateLimit, parts.bulkhead]);
    expect(bodies).toEqual([]);
    const none = { wrappers: [], keepers: [], front: undefined, guards: [], bodies: [] };
    expect(placedStrategies(withoutStrategies('orders', deps))).toEqual(none);
  });

  it('are called by what they do, and a limit of attempts only is no total timeout', () => {
    const titleOf = (strategy: StrategyName, policy = everything) =>
      definitionOf(strategy).title(optionsOf(strategy, policy));
    expect(STRATEGY_NAMES.map((name) => titleOf(name))).toEqual([
      'fallback',
      'cache',
      'coalescing',
      'total timeout',
      'retry',
      'hedge',
      'circuit breaker',
      'rate limit',
      'bulkhead',
      'chaos',
    ]);
    expect(titleOf('timeout', { timeout: '1s' })).toBeUndefined();
  });

  it('need a name in an inline policy where all such policies would share their state', () => {
    const shared = STRATEGY_NAMES.filter((name) => definitionOf(name).sharedAs !== undefined);
    expect(shared.map((name) => definitionOf(name).sharedAs)).toEqual([
      'a cache',
      'coalescing',
      'a circuit breaker',
      'a rate limit',
      'a bulkhead',
    ]);
    const named = STRATEGY_NAMES.filter((name) => definitionOf(name).isNamed);
    expect(named).toEqual(['cache', 'coalesce', 'retry', 'hedge', ...shared.slice(2)]);
  });
});

describe('a circuit breaker', () => {
  it('shows the thresholds that are in force, and none that is not judged', () => {
    expect(described('circuitBreaker', { circuitBreaker: {} })).toMatchObject({
      failureThreshold: 5,
      minimumCalls: 10,
      halfOpenTimeout: 30_000,
    });
    expect(
      described('circuitBreaker', { circuitBreaker: { failureRate: 0.5, window: { calls: 4 } } }),
    ).toMatchObject({ failureThreshold: undefined, minimumCalls: 4 });
  });

  it('is shared only where failures are judged alike', () => {
    const { parts, circuits } = engineOf({ circuitBreaker: {}, classify: () => 'transient' });
    expect([...circuits]).toEqual([parts.circuitBreaker?.forCall([])]);
  });
});

describe('a retry', () => {
  it('shows the jitter in force, and retries without an end as JSON can', () => {
    expect(described('retry', { retry: {} })).toMatchObject({ maxRetries: 3, jitter: 'full' });
    const options: object = optionsOf('retry', { retry: { backoff: () => 1 } });
    const endless = { ...options, maxRetries: Infinity } as never;
    expect(definitionOf('retry').describe?.(endless)).toMatchObject({
      maxRetries: 'Infinity',
      jitter: 'none',
    });
  });

  it('has a budget of its name, unless it is turned off', () => {
    expect(engineOf({ retry: {} }).parts.retry?.budget).toBeDefined();
    expect(engineOf({ retry: { budget: false } }).parts.retry?.budget).toBeUndefined();
  });
});

describe('a rate limit', () => {
  it('shows its burst, which is the limit where nothing else is said', () => {
    const rateLimit = { limit: 5, interval: 1000 };
    expect(described('rateLimit', { rateLimit })).toMatchObject({ limit: 5, burst: 5 });
    expect(described('rateLimit', { rateLimit: { ...rateLimit, burst: 2 } })).toMatchObject({ burst: 2 });
  });
});

describe('a bulkhead', () => {
  it('is shown among the bulkheads of the application', () => {
    const { bulkheads } = engineOf({ bulkhead: { maxConcurrent: 5 } });
    expect([...bulkheads].map(({ name, limit }) => [name, limit])).toEqual([['orders', 5]]);
  });
});

describe('a hedge', () => {
  it('repeats neither a permanent failure nor a call whose server says when to come back', () => {
    const { parts } = engineOf({ hedge: { delay: 100 } });
    const asking = Object.assign(new Error('busy'), { headers: { 'retry-after': '1' }, status: 503 });
    const gone = Object.assign(new Error('gone'), { status: 404 });
    expect([new Error('down'), gone, asking].map((error) => parts.hedge?.repeats(error))).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('has a budget of its own where the method does not retry', () => {
    expect(engineOf({ hedge: { delay: 100 } }).parts.hedge?.budget).toBeDefined();
    expect(engineOf({ hedge: { delay: 100 }, retry: { budget: false } }).parts.hedge?.budget).toBeUndefined();
  });
});

describe('a timeout', () => {
  it('is its options: the engine keeps the limits', () => {
    const { parts, pipeline } = engineOf({ timeout: { attempt: '1s', total: '5s', name: 'slow' } });
    expect(parts.timeout).toMatchObject({ attempt: 1000, total: 5000 });
    expect(pipeline.limits).toMatchObject({ name: 'slow', attempt: 1000, total: 5000, maxElapsed: Infinity });
  });
});

describe('a fallback', () => {
  it('stands around the call under the name of the method', () => {
    const { parts } = engineOf({ fallback: () => 1 });
    expect(parts.fallback).toBeInstanceOf(Fallback);
    expect((parts.fallback as Fallback).label).toEqual({ name: 'orders', policy: undefined });
  });
});
