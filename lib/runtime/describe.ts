import type { PipelineParts } from '../pipeline/pipeline-parts.js';
import { Problems } from '../policy/problems.js';
import { CircuitPlan } from '../strategies/circuit-breaker/circuit-plan.js';
import { classifyFailure } from '../policy/classify-failure.js';
import type { Label } from '../strategies/label.js';
import { resolveStrategy } from '../strategies/policy.options.js';
import type { StrategyName } from '../strategies/policy.options.js';
import type { ResolvedCircuitBreaker } from '../strategies/circuit-breaker/circuit-breaker.options.js';
import type { StatePlan } from '../strategies/keyed-state.js';
import type { ResolvedTimeout } from '../strategies/timeout/timeout.options.js';
import { jitterOf } from '../strategies/retry/backoff.js';
import type { ResolvedRetry } from '../strategies/retry/retry.options.js';
import type { PipelineDescription, StrategyDescription } from './pipeline-description.js';
import type { Runtime } from './runtime.js';
import { STRATEGIES } from './strategy-factory.js';

/** The options of the strategies in use, each as it is in force. */
type InForce = { readonly [S in StrategyName]?: object | undefined };

/** The pipeline of a method or a call. */
export function describePipeline(parts: PipelineParts): PipelineDescription {
  const { retry, circuits, hedge, fallback, timeout } = parts;
  return describe(parts, {
    fallback: fallback?.options,
    timeout,
    retry: retry && retryInForce(retry.options, retry.label.name),
    hedge: hedge && { ...hedge.options, name: hedge.label.name },
    circuitBreaker: circuits && circuitInForce(circuits.plan),
    rateLimit: familyInForce(parts.rateLimits),
    bulkhead: familyInForce(parts.bulkheads),
  });
}

/**
 * What a named policy resolves to; nothing is made or counted.
 *
 * @throws ResilienceConfigurationError for a policy that does not exist
 */
export function describePolicy({ policies, tools }: Runtime, policy: string): PipelineDescription {
  const problems = new Problems();
  const layers = policies.layersOf(policy, 'describe', problems);
  problems.throwIfAny();
  const options: Record<string, object | undefined> = {};
  for (const strategy of STRATEGIES) options[strategy] = resolveStrategy(strategy, layers);
  const named = (strategy: StrategyName) => {
    const resolved = options[strategy] as { name?: string } | undefined;
    return resolved && { ...resolved, name: resolved.name ?? policy };
  };
  const retry = named('retry') as ResolvedRetry | undefined;
  const circuit = named('circuitBreaker') as ResolvedCircuitBreaker | undefined;
  const label = { name: circuit?.name ?? policy, policy };
  return describe(
    { name: policy, policy },
    {
      fallback: options.fallback,
      timeout: options.timeout,
      retry: retry && retryInForce(retry, retry.name ?? policy),
      hedge: named('hedge'),
      circuitBreaker:
        circuit && circuitInForce(new CircuitPlan(label, circuit, { ...tools, classify: classifyFailure })),
      rateLimit: named('rateLimit'),
      bulkhead: named('bulkhead'),
    },
  );
}

/** The titles of the strategies, in the fixed order. */
const TITLES: readonly (readonly [title: string, isUsed: (used: InForce) => unknown])[] = [
  ['fallback', ({ fallback }) => fallback],
  ['total timeout', ({ timeout }) => (timeout as ResolvedTimeout | undefined)?.total],
  ['retry', ({ retry }) => retry],
  ['hedge', ({ hedge }) => hedge],
  ['circuit breaker', ({ circuitBreaker }) => circuitBreaker],
  ['rate limit', ({ rateLimit }) => rateLimit],
  ['bulkhead', ({ bulkhead }) => bulkhead],
  ['attempt timeout', ({ timeout }) => (timeout as ResolvedTimeout | undefined)?.attempt],
];

function describe({ name, policy }: Label, used: InForce): PipelineDescription {
  const limit = used.rateLimit as { burst?: unknown; limit?: unknown } | undefined;
  const rateLimit = limit && { ...limit, burst: limit.burst ?? limit.limit };
  const options = Object.entries({ ...used, rateLimit }).filter(([, inForce]) => inForce !== undefined);
  return {
    name,
    ...(policy !== undefined && { policy }),
    strategies: TITLES.filter(([, isUsed]) => isUsed(used) !== undefined).map(([title]) => title),
    ...Object.fromEntries(options.map(([strategy, inForce]) => [strategy, plain(inForce)])),
  };
}

function retryInForce(options: ResolvedRetry, name: string): object {
  return { ...options, jitter: jitterOf(options), name };
}

/** Options whose default depends on others show what is in force. */
function circuitInForce(plan: CircuitPlan): object {
  const { options, label, failureThreshold, minimumCalls, halfOpenTimeout } = plan;
  const inARow = failureThreshold === Infinity ? undefined : failureThreshold;
  return { ...options, name: label.name, failureThreshold: inARow, minimumCalls, halfOpenTimeout };
}

function familyInForce(family: { readonly name: string; readonly plan: StatePlan } | undefined) {
  return family && { ...family.plan.options, name: family.name };
}

function plain(options: object | undefined): StrategyDescription {
  const text = JSON.stringify(options, (_, value: unknown) =>
    typeof value === 'function' ? `[function ${value.name || 'anonymous'}]` : value,
  );
  return JSON.parse(text) as StrategyDescription;
}
