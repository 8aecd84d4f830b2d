import { Pipeline } from '../pipeline/pipeline.js';
import type { PipelineParts } from '../pipeline/pipeline-parts.js';
import { Problems } from '../policy/problems.js';
import { checkPolicy, resolveStrategy } from '../strategies/policy.options.js';
import type { PolicyLayer, PolicyOptions } from '../strategies/policy.options.js';
import { LruMap } from '../strategies/lru-map.js';
import type { CompilerDeps, PolicyUser } from './policy-user.js';
import type { StrategyRequest } from './strategy-factory.js';

/** How a policy is used outside a decorator. */
export interface PolicyUse {
  readonly name: string | undefined;
  readonly isKeyed: boolean;
}

/** A named policy in one use. */
interface Entry {
  readonly policy: string;
  readonly use: PolicyUse;
  pipeline: Pipeline;
}

const MOST_PIPELINES = 1000;

/** The strategies whose state has a name. */
const STATEFUL = ['retry', 'circuitBreaker', 'bulkhead', 'rateLimit', 'hedge'] as const;
type NamedStrategy = (typeof STATEFUL)[number];

/** What would be shared by all inline policies without a name of its own. */
const NAMELESS: { readonly [S in NamedStrategy]?: string } = {
  circuitBreaker: 'a circuit breaker',
  bulkhead: 'a bulkhead',
  rateLimit: 'a rate limit',
};

/** The pipelines that `execute` has needed so far: a policy is compiled with its first use. */
export class PolicyPipelines implements PolicyUser {
  private readonly named = new LruMap<Entry>({
    maxKeys: MOST_PIPELINES,
    idleTtl: Infinity,
    mayExpire: () => true,
  });
  private readonly inline = new WeakMap<object, { use: string; pipeline: Pipeline }>();

  constructor(private readonly app: CompilerDeps) {}

  /** @throws ResilienceConfigurationError for an unknown policy, wrong options, or a state without a name */
  of(policy: string | PolicyOptions, use: PolicyUse): Pipeline {
    const how = JSON.stringify([use.name, use.isKeyed]);
    if (typeof policy === 'string') {
      const make = () => ({ policy, use, pipeline: compileNow(this.app, policy, use) });
      return this.named.obtain(`${how}${policy}`, 0, make).pipeline;
    }
    const known = typeof policy === 'object' ? this.inline.get(policy) : undefined;
    if (known?.use === how) return known.pipeline;
    const pipeline = compileNow(this.app, policy, use);
    this.inline.set(policy, { use: how, pipeline });
    return pipeline;
  }

  /** Makes what the first call of a policy would make, if it has a circuit: somebody may want to move it by hand. */
  makeCircuit(policy: string): void {
    const layers = this.app.policies.layersOf(policy, '', new Problems());
    if (!resolveStrategy('circuitBreaker', layers)) return;
    try {
      this.of(policy, { name: undefined, isKeyed: false });
    } catch {
      // there is no such policy, or only decorators complete it: execute tells of that
    }
  }

  prepareUpdate(policy: string, draft: CompilerDeps, problems: Problems): () => void {
    const updated = this.named
      .values(0)
      .filter((entry) => entry.policy === policy)
      .map((entry) => {
        const order = { ...namedOrder(draft, policy, entry.use, problems), previous: entry.pipeline.parts };
        return { entry, parts: compilePolicy(draft, order, problems) };
      });
    return () => {
      for (const { entry, parts } of updated) entry.pipeline = new Pipeline(parts);
    };
  }
}

function compileNow(app: CompilerDeps, policy: string | PolicyOptions, use: PolicyUse): Pipeline {
  const problems = new Problems();
  const order =
    typeof policy === 'string'
      ? namedOrder(app, policy, use, problems)
      : inlineOrder(app, policy, use, problems);
  problems.throwIfAny();
  const parts = compilePolicy(app, order, problems);
  problems.throwIfAny();
  return new Pipeline(parts);
}

function compilePolicy(
  { tools, workshop }: CompilerDeps,
  order: StrategyRequest,
  problems: Problems,
): PipelineParts {
  const { name, policy } = order;
  return { name, policy, tools, ...workshop.parts(() => order, problems) };
}

/** A name asked for by the caller is that of the circuit and of the budget. */
function namedOrder(
  app: CompilerDeps,
  policy: string,
  { name, isKeyed }: PolicyUse,
  problems: Problems,
): StrategyRequest {
  const layers = named(app.policies.layersOf(policy, 'execute', problems), name);
  const where = `execute('${policy}')`;
  return { layers, policy, name: name ?? policy, identity: policy, where, isKeyed };
}

function inlineOrder(
  app: CompilerDeps,
  policy: unknown,
  { name, isKeyed }: PolicyUse,
  problems: Problems,
): StrategyRequest {
  const layers = named([app.policies.defaults, checkPolicy(policy, 'execute', problems)], name);
  for (const [strategy, what] of Object.entries(NAMELESS) as [NamedStrategy, string][]) {
    const options = resolveStrategy(strategy, layers);
    if (!options || options.name !== undefined) continue;
    problems.add('execute.name', `a name, because the inline policy has ${what}`, name);
  }
  return { layers, name: name ?? 'execute', identity: 'execute', where: 'execute', isKeyed };
}

/** A name given to the call goes to whatever strategy is configured. */
function named(layers: readonly PolicyLayer[], name: string | undefined): readonly PolicyLayer[] {
  if (name === undefined) return layers;
  const mine: Record<string, object> = {};
  for (const strategy of STATEFUL) if (resolveStrategy(strategy, layers)) mine[strategy] = { name };
  return [...layers, mine];
}
