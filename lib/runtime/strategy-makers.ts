import { AlarmClock } from '../pipeline/alarm-clock.js';
import type { StrategyParts } from '../pipeline/pipeline-parts.js';
import type { PipelineTools } from '../pipeline/pipeline-tools.js';
import type { CoarseClock } from '../clock/coarse-clock.js';
import { classifyFailure } from '../policy/classify-failure.js';
import { mergeLayers } from '../policy/layers.js';
import { parseServerDelay } from '../policy/server-delay.js';
import { Bulkhead } from '../strategies/bulkhead/bulkhead.js';
import type { BulkheadPlan } from '../strategies/bulkhead/bulkhead.js';
import type { BulkheadRegistry } from '../strategies/bulkhead/bulkhead-registry.js';
import type { CircuitBreakerRegistry } from '../strategies/circuit-breaker/circuit-breaker-registry.js';
import { CircuitFamily } from '../strategies/circuit-breaker/circuit-family.js';
import { CircuitPlan } from '../strategies/circuit-breaker/circuit-plan.js';
import { Fallback } from '../strategies/fallback/fallback.js';
import { Hedge } from '../strategies/hedge/hedge.js';
import { Latencies } from '../strategies/hedge/latencies.js';
import type { LatencyPlan } from '../strategies/hedge/latencies.js';
import type { Label } from '../strategies/label.js';
import { resolveClassify, resolveStrategy } from '../strategies/policy.options.js';
import type { ResolvedStrategy, StrategyName } from '../strategies/policy.options.js';
import { RateLimit } from '../strategies/rate-limit/rate-limit.js';
import type { RateLimitPlan } from '../strategies/rate-limit/rate-limit.js';
import { Retry } from '../strategies/retry/retry.js';
import { RetryBudget } from '../strategies/retry/retry-budget.js';
import { retryRules } from '../strategies/retry/retry.options.js';
import { StateFamily } from '../strategies/state-family.js';
import type { NewState, State, StatePlan } from '../strategies/state-family.js';
import type { Order } from './order.js';
import type { StateKind } from './shared-states.js';

/** What the strategies of one application are made with. */
export interface WorkshopTools extends PipelineTools {
  readonly coarse: CoarseClock;
  readonly random: () => number;
  readonly circuits: CircuitBreakerRegistry;
  readonly bulkheads: BulkheadRegistry;
}

/** A state that is to be shared by name: how it is made, and what becomes of the one that there was. */
export interface SharedSpec<T extends object> {
  readonly kind: StateKind;
  /** The name that the user wrote. */
  readonly written: string | undefined;
  /** Those of one name have to agree on them. */
  readonly options: object;
  readonly make: (name: string) => T;
  readonly previous: T | undefined;
  readonly reconfigure: (state: T) => void;
}

/** Where one strategy of one order is made. */
export interface Bench {
  readonly order: Order;
  readonly tools: WorkshopTools;
  /** The state of a name; undefined, after telling of it, if its name is taken. */
  share<T extends object>(spec: SharedSpec<T>): T | undefined;
  /** Does something once the state is in force. */
  apply(change: () => void): void;
}

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

type Makers = { [S in StrategyName]: (options: ResolvedStrategy<S>, bench: Bench) => PartOf<S> };

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
    const planOf = (name: string) =>
      new CircuitPlan({ name, policy: order.policy }, options, { ...tools, classify });
    return bench.share<CircuitFamily>({
      kind: 'circuit',
      written: options.name,
      options: { ...options, classify, name: undefined },
      make(name) {
        const family = new CircuitFamily(planOf(name), order.isKeyed);
        bench.apply(() => void tools.circuits.add(family));
        return family;
      },
      previous: order.previous?.circuits,
      reconfigure: (family) => family.reconfigure(planOf(family.name)),
    });
  },
  rateLimit(options, bench) {
    const { order, tools } = bench;
    const newAlarm = (ring: () => void) => new AlarmClock(tools.clock, ring);
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

function labelOf({ name, policy }: Order, written: string | undefined): Label {
  return { name: written ?? policy ?? name, policy };
}

function shareBudget(
  bench: Bench,
  written: string | undefined,
  options: ConstructorParameters<typeof RetryBudget>[0] | false,
  previous: RetryBudget | undefined,
): RetryBudget | undefined {
  if (options === false) return undefined;
  const { clock, coarse } = bench.tools;
  return bench.share<RetryBudget>({
    kind: 'budget',
    written,
    options,
    make: () => new RetryBudget(options, clock, coarse),
    previous,
    reconfigure: (budget) => budget.reconfigure(options),
  });
}

interface FamilySpec<S extends State<P>, P extends StatePlan> {
  readonly kind: StateKind;
  readonly options: P['options'] & { readonly name: string | undefined };
  readonly previous: StateFamily<S, P> | undefined;
  readonly planOf: (name: string) => P;
  readonly create: NewState<S, P>;
  readonly onMade?: (family: StateFamily<S, P>) => void;
}

function familyOf<O, F>(kind: StateKind, options: O, previous: F | undefined) {
  return { kind, options, previous };
}

/** States with or without keys, shared by name. */
function shareFamily<S extends State<P>, P extends StatePlan>(
  bench: Bench,
  { kind, options, previous, planOf, create, onMade }: FamilySpec<S, P>,
): StateFamily<S, P> | undefined {
  return bench.share<StateFamily<S, P>>({
    kind,
    written: options.name,
    options: { ...options, name: undefined },
    make(name) {
      const family = new StateFamily(planOf(name), create, bench.order.isKeyed);
      bench.apply(() => onMade?.(family));
      return family;
    },
    previous,
    reconfigure: (family) => family.reconfigure(planOf(family.name)),
  });
}
