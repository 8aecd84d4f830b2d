import { Pipeline } from '../pipeline/pipeline.js';
import { Problems } from '../policy/problems.js';
import { checkPolicy, resolveStrategy } from '../strategies/policy.options.js';
import type { PolicyLayer, PolicyOptions } from '../strategies/policy.options.js';
import { LruMap } from '../strategies/lru-map.js';
import type { Runtime } from './runtime.js';
import type { Order } from './strategy-workshop.js';

/** How a policy is used outside a decorator. */
export interface PolicyUse {
  readonly name: string | undefined;
  readonly isKeyed: boolean;
}

const MOST_PIPELINES = 1000;

/** The pipelines that `execute` has needed so far: a policy is compiled with its first use. */
export class PolicyPipelines {
  private readonly named = new LruMap<Pipeline>({
    maxKeys: MOST_PIPELINES,
    idleTtl: Infinity,
    mayExpire: () => true,
  });
  private readonly inline = new WeakMap<object, { use: string; pipeline: Pipeline }>();

  constructor(private readonly app: Runtime) {}

  /** @throws ResilienceConfigurationError as {@link compilePolicy} */
  of(policy: string | PolicyOptions, use: PolicyUse): Pipeline {
    const how = JSON.stringify([use.name, use.isKeyed]);
    if (typeof policy === 'string') {
      return this.named.obtain(`${how}${policy}`, 0, () => compilePolicy(this.app, policy, use));
    }
    const known = typeof policy === 'object' ? this.inline.get(policy) : undefined;
    if (known?.use === how) return known.pipeline;
    const pipeline = compilePolicy(this.app, policy, use);
    this.inline.set(policy, { use: how, pipeline });
    return pipeline;
  }
}

/**
 * Compiles a policy for `execute`. A name asked for by the caller is that of the circuit and of the budget.
 *
 * @throws ResilienceConfigurationError for an unknown policy, wrong options, or a circuit without a name
 */
function compilePolicy(app: Runtime, policy: string | PolicyOptions, use: PolicyUse): Pipeline {
  const problems = new Problems();
  const order =
    typeof policy === 'string'
      ? namedOrder(app, policy, use, problems)
      : inlineOrder(app, policy, use, problems);
  const parts = {
    name: order.name,
    policy: order.policy,
    tools: app.tools,
    timeout: app.workshop.timeout(order),
    retry: app.workshop.retry(order, problems),
    circuits: app.workshop.circuits(order, problems),
  };
  problems.throwIfAny();
  return new Pipeline(parts);
}

function namedOrder(app: Runtime, policy: string, { name, isKeyed }: PolicyUse, problems: Problems): Order {
  const layers = app.policies.layersOf(policy, 'execute', problems);
  return {
    layers: named(layers, name),
    policy,
    name: name ?? policy,
    identity: policy,
    where: 'execute',
    isKeyed,
  };
}

function inlineOrder(app: Runtime, policy: unknown, { name, isKeyed }: PolicyUse, problems: Problems): Order {
  const layers = named([app.policies.defaults, checkPolicy(policy, 'execute', problems)], name);
  const circuit = resolveStrategy('circuitBreaker', layers);
  if (circuit && circuit.name === undefined) {
    problems.add('execute.name', 'a name, because the inline policy has a circuit breaker', name);
  }
  return { layers, name: name ?? 'execute', identity: 'execute', where: 'execute', isKeyed };
}

/** A name given to the call goes to whatever strategy is configured. */
function named(layers: readonly PolicyLayer[], name: string | undefined): readonly PolicyLayer[] {
  if (name === undefined) return layers;
  const mine: PolicyLayer = {};
  if (resolveStrategy('retry', layers)) mine.retry = { name };
  if (resolveStrategy('circuitBreaker', layers)) mine.circuitBreaker = { name };
  return [...layers, mine];
}
