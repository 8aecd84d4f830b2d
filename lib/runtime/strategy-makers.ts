import { AlarmClock } from '../pipeline/guards/alarm-clock.js';
import type { StrategyParts } from '../pipeline/pipeline-parts.js';
import { classifyFailure } from '../policy/classify-failure.js';
import { mergeLayers } from '../policy/layers.js';
import { parseServerDelay } from '../policy/server-delay.js';
import { Bulkhead } from '../strategies/bulkhead/bulkhead.js';
import type { BulkheadPlan } from '../strategies/bulkhead/bulkhead-plan.js';
import { Circuit } from '../strategies/circuit-breaker/circuit.js';
import { CircuitPlan } from '../strategies/circuit-breaker/circuit-plan.js';
import { Fallback } from '../strategies/fallback/fallback.js';
import { Hedge } from '../strategies/hedge/hedge.js';
import { Latencies } from '../strategies/hedge/latencies.js';
import type { LatencyPlan } from '../strategies/hedge/latencies.js';
import { resolveClassify, resolveStrategy } from '../strategies/policy.options.js';
import type { ResolvedStrategy, StrategyName } from '../strategies/policy.options.js';
import { RateLimit } from '../strategies/rate-limit/rate-limit.js';
import type { RateLimitPlan } from '../strategies/rate-limit/rate-limit.js';
import { Retry } from '../strategies/retry/retry.js';
import { retryRules } from '../strategies/retry/retry.options.js';
import { familyOf, labelOf, shareBudget, shareFamily } from './strategy-context.js';
import type { StrategyContext } from './strategy-context.js';

/** Which part of a pipeline a strategy is. */
export const PARTS = {
  fallback: 'fallback',
  timeout: 'timeout',
  retry: 'retry',
  hedge: 'hedge',
  circuitBreaker: 'circuits',
  rateLimit: 'rateLimits',
  bulkhead: 'bulkheads',
} as const satisfies Record<StrategyName, keyof StrategyParts>;

/** The part of a pipeline that a strategy is. */
export type PartOf<S extends StrategyName> = StrategyParts[(typeof PARTS)[S]];

type Makers = { [S in StrategyName]: (options: ResolvedStrategy<S>, bench: StrategyContext) => PartOf<S> };

/** How each strategy is made of its resolved options: the one place where a new strategy is entered. */
export const makers: Makers = {
  fallback: (options, { order }) => new Fallback(labelOf(order, undefined), options),
  timeout: (options) => options,
  retry(options, bench) {
    const { order, tools } = bench;
    const previous = order.previous?.retry?.budget;
    const budget = shareBudget(bench, options.name, options.budget, previous);
    const classify = resolveClassify(order.layers, classifyFailure);
    return new Retry(labelOf(order, options.name), options, { budget, classify, random: tools.random });
  },
  hedge(options, bench) {
    const { order, tools } = bench;
    const latencies = shareFamily<Latencies, LatencyPlan>(bench, {
      ...familyOf('latencies', options, order.previous?.hedge?.latencies),
      planOf: (name) => ({ label: { name, policy: order.policy }, options, tools }),
      create: (plan) => new Latencies(plan),
    });
    // where the method retries too, that budget is drawn from
    const { budget: budgetOptions } = resolveStrategy('retry', order.layers) ?? mergeLayers(retryRules, []);
    const budget = shareBudget(bench, options.name, budgetOptions, order.previous?.hedge?.budget);
    const classify = resolveClassify(order.layers, classifyFailure);
    const repeats = (error: unknown) =>
      // a server that says when to come back is not asked again before that
      classify(error) !== 'permanent' && parseServerDelay(error, tools.clock.wallNow()) === undefined;
    return latencies && new Hedge(labelOf(order, options.name), options, { budget, repeats, latencies });
  },
  circuitBreaker(options, bench) {
    const { order, tools } = bench;
    const classify = resolveClassify(order.layers, classifyFailure);
    return shareFamily<Circuit, CircuitPlan>(bench, {
      ...familyOf('circuit', options, order.previous?.circuits),
      agreed: { classify },
      planOf: (name) => new CircuitPlan({ name, policy: order.policy }, options, { ...tools, classify }),
      create: (plan, key) => new Circuit(plan, key),
      onMade: (family) => tools.circuits.add(family),
    });
  },
  rateLimit(options, bench) {
    const { order, tools } = bench;
    const newAlarm = (ring: () => void) => new AlarmClock(tools.sharedClock, ring);
    return shareFamily<RateLimit, RateLimitPlan>(bench, {
      ...familyOf('rateLimit', options, order.previous?.rateLimits),
      planOf: (name) => ({ label: { name, policy: order.policy }, options, tools, newAlarm }),
      create: (plan, key) => new RateLimit(plan, key),
    });
  },
  bulkhead(options, bench) {
    const { order, tools } = bench;
    return shareFamily<Bulkhead, BulkheadPlan>(bench, {
      ...familyOf('bulkhead', options, order.previous?.bulkheads),
      planOf: (name) => ({ label: { name, policy: order.policy }, options, tools }),
      create: (plan, key) => new Bulkhead(plan, key),
      onMade: (family) => tools.bulkheads.add(family),
    });
  },
};
