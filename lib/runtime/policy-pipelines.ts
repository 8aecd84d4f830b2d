import { Pipeline } from '../pipeline/pipeline.js';
import type { PipelineParts } from '../pipeline/pipeline-parts.js';
import { Problems } from '../policy/problems.js';
import { checkPolicy, definitionOf, resolveStrategy, STRATEGY_NAMES } from '../strategies/policy.options.js';
import type { PolicyLayer, PolicyOptions } from '../strategies/policy.options.js';
import type { GuardFamily } from '../strategies/guard.js';
import { LruMap } from '../strategies/lru-map.js';
import type { CompilerDeps, PolicyUser } from './policy-user.js';
import { checkRetriesEnd } from './strategy-factory.js';
import type { StrategyRequest } from './strategy-request.js';

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
      const entry = this.named.obtain(`${how}${policy}`, 0, make);
      if (isDropped(entry.pipeline)) entry.pipeline = compileNow(this.app, policy, use);
      return entry.pipeline;
    }
    const known = typeof policy === 'object' ? this.inline.get(policy) : undefined;
    if (known?.use === how && !isDropped(known.pipeline)) return known.pipeline;
    const pipeline = compileNow(this.app, policy, use);
    this.inline.set(policy, { use: how, pipeline });
    return pipeline;
  }

  /** Makes what the first call of a policy would make, if it has a circuit: somebody may want to move it by hand. */
  makeCircuit(policy: string): void {
    if (!this.app.policies.has(policy)) return;
    const layers = this.app.policies.layersOf(policy, '', new Problems());
    if (!resolveStrategy('circuitBreaker', layers)) return;
    try {
      this.of(policy, { name: undefined, isKeyed: false });
    } catch {
      // there is no such policy, or only decorators complete it: execute tells of that
    }
  }

  guards(): GuardFamily[] {
    return this.named.values(0).flatMap(({ pipeline }) => pipeline.guards);
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

/** True if the application has let go of a state because too many names were given to calls. */
function isDropped({ guards }: Pipeline): boolean {
  return guards.some((family) => family.isDropped);
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
  { deps, factory }: CompilerDeps,
  order: StrategyRequest,
  problems: Problems,
): PipelineParts {
  const { name, policy, where } = order;
  const parts = factory.parts(() => order, problems);
  checkRetriesEnd(parts.inForce, `${where}.retry`, problems);
  return { name, policy, family: { name, policy }, deps, ...parts };
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
  return {
    layers,
    policy,
    name: name ?? policy,
    identity: policy,
    where,
    isKeyed,
    isNamedByCall: name !== undefined,
  };
}

function inlineOrder(
  app: CompilerDeps,
  policy: unknown,
  { name, isKeyed }: PolicyUse,
  problems: Problems,
): StrategyRequest {
  const layers = named([app.policies.defaults, checkPolicy(policy, 'execute', problems)], name);
  for (const strategy of STRATEGY_NAMES) {
    const { sharedAs } = definitionOf(strategy);
    const options =
      sharedAs !== undefined && (resolveStrategy(strategy, layers) as { name?: string } | undefined);
    if (!options || options.name !== undefined) continue;
    problems.add('execute.name', `a name, because the inline policy has ${sharedAs}`, name);
  }
  const isNamedByCall = name !== undefined;
  return { layers, name: name ?? 'execute', identity: 'execute', where: 'execute', isKeyed, isNamedByCall };
}

/** A name given to the call goes to every strategy that has one. */
function named(layers: readonly PolicyLayer[], name: string | undefined): readonly PolicyLayer[] {
  if (name === undefined) return layers;
  const mine: Record<string, object> = {};
  for (const strategy of STRATEGY_NAMES) {
    if (definitionOf(strategy).isNamed && resolveStrategy(strategy, layers)) mine[strategy] = { name };
  }
  return [...layers, mine];
}
