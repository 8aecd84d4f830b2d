import { Pipeline } from '../pipeline/pipeline.js';
import type { PipelineParts } from '../pipeline/pipeline-parts.js';
import { Problems } from '../policy/problems.js';
import { checkPolicy, definitionOf, resolveStrategy, STRATEGY_NAMES } from '../strategies/policy.options.js';
import type { PolicyLayer, PolicyOptions } from '../strategies/policy.options.js';
import { LruMap } from '../strategies/lru-map.js';
import { renewed } from './renewed-pipeline.js';
import type { CompilerDeps, PolicyUser } from './policy-user.js';
import { checkRetriesEnd } from './strategy-factory.js';
import type { StrategyRequest } from './strategy-request.js';

/** The use of a policy outside a decorator. */
export interface PolicyUse {
  readonly name: string | undefined;
  readonly isKeyed: boolean;
}

/** A named policy in one use. */
interface Entry {
  /** Owns the states of the pipeline. */
  readonly key: string;
  readonly policy: string;
  readonly use: PolicyUse;
  pipeline: Pipeline;
}

const MOST_PIPELINES = 1000;

/** The owner of the states of all inline policies. Only the user knows how long one is in use: they keep their states. */
const INLINE = 'execute';

const INLINE_LIMITS = { maxKeys: MOST_PIPELINES, idleTtl: Infinity, mayExpire: () => true };

/** The pipelines that `execute` has needed so far: a policy is compiled with its first use. */
export class PolicyPipelines implements PolicyUser {
  /** Those of calls without a name: no more than there are policies, with keys and without. */
  private readonly unnamed = new Map<string, Entry>();
  private readonly named = new LruMap<Entry>({
    maxKeys: MOST_PIPELINES,
    idleTtl: Infinity,
    mayExpire: ({ pipeline }) => pipeline.guards.every(({ isIdle }) => isIdle),
    onRemove: ({ key }) => this.app.factory.withdraw(key),
  });
  private inline = new WeakMap<object, LruMap<Pick<Entry, 'pipeline'>>>();

  constructor(private readonly app: CompilerDeps) {}

  /** @throws ResilienceConfigurationError for an unknown policy, wrong options, or a state without a name */
  of(policy: string | PolicyOptions, use: PolicyUse): Pipeline {
    const how = JSON.stringify([use.name, use.isKeyed]);
    if (typeof policy !== 'string') return this.ofInline(policy, how, use);
    const key = `${how}${policy}`;
    const make = () => ({ key, policy, use, pipeline: this.compileNamed(key, policy, use) });
    const entry =
      use.name === undefined ? (this.unnamed.get(key) ?? this.keep(make())) : this.named.obtain(key, 0, make);
    if (isDropped(entry.pipeline)) entry.pipeline = this.compileNamed(key, policy, use);
    return entry.pipeline;
  }

  /**
   * Makes the pipeline that the first call of a policy would make, if it has a circuit: the application may want to
   * move it by hand.
   */
  makeCircuit(policy: string): void {
    if (!this.app.policies.has(policy)) return;
    const layers = this.app.policies.layersOf(policy, '', new Problems());
    if (!resolveStrategy('circuitBreaker', layers)) return;
    try {
      this.of(policy, { name: undefined, isKeyed: false });
    } catch {
      // there is no such policy, or only decorators complete it: execute reports that
    }
  }

  prepareUpdate(policy: string, draft: CompilerDeps, problems: Problems): () => void {
    const updated = [...this.unnamed.values(), ...this.named.values(0)]
      .filter((entry) => entry.policy === policy)
      .map((entry) => {
        const request = {
          ...namedRequest(draft, policy, entry.use, problems),
          previous: entry.pipeline.parts,
        };
        return { entry, parts: compilePolicy(draft, entry.key, request, problems) };
      });
    return () => {
      for (const { entry, parts } of updated) entry.pipeline = new Pipeline(parts);
    };
  }

  renew(): void {
    for (const entry of [...this.unnamed.values(), ...this.named.values(0)])
      entry.pipeline = renewed(entry.pipeline);
    // compiled anew with their next calls; their states have their names
    this.inline = new WeakMap();
  }

  private keep(entry: Entry): Entry {
    this.unnamed.set(entry.key, entry);
    return entry;
  }

  /** A policy that cannot be compiled holds no state. */
  private compileNamed(key: string, policy: string, use: PolicyUse): Pipeline {
    const request = (problems: Problems) => namedRequest(this.app, policy, use, problems);
    try {
      return compileNow(this.app, key, request);
    } catch (error) {
      this.app.factory.withdraw(key);
      throw error;
    }
  }

  private ofInline(policy: PolicyOptions, how: string, use: PolicyUse): Pipeline {
    const request = (problems: Problems) => inlineRequest(this.app, policy, use, problems);
    const compile = () => compileNow(this.app, INLINE, request);
    const known = typeof policy === 'object' ? this.inline.get(policy) : undefined;
    const entries = known ?? new LruMap(INLINE_LIMITS);
    const entry = entries.obtain(how, 0, () => ({ pipeline: compile() }));
    if (!known) this.inline.set(policy, entries);
    if (isDropped(entry.pipeline)) entry.pipeline = compile();
    return entry.pipeline;
  }
}

/** True if the application has let go of a state because too many names were given to calls. */
function isDropped({ guards, wrappers }: Pipeline): boolean {
  return [...guards, ...wrappers].some((part) => part.isDropped === true);
}

function compileNow(
  app: CompilerDeps,
  owner: string,
  requestFor: (problems: Problems) => StrategyRequest,
): Pipeline {
  const problems = new Problems();
  const request = requestFor(problems);
  problems.throwIfAny();
  const parts = compilePolicy(app, owner, request, problems);
  problems.throwIfAny();
  return new Pipeline(parts);
}

function compilePolicy(
  { deps, factory }: CompilerDeps,
  owner: string,
  request: StrategyRequest,
  problems: Problems,
): PipelineParts {
  const { name, policy, where } = request;
  const parts = factory.parts(owner, () => request, problems);
  checkRetriesEnd(parts.inForce, `${where}.retry`, problems);
  return { name, policy, policies: [], family: { name, policy }, deps, ...parts };
}

/** A name asked for by the caller is that of the circuit and of the budget. */
function namedRequest(
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

function inlineRequest(
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
