import type { StrategyParts } from '../pipeline/pipeline-parts.js';
import type { Problems } from '../policy/problems.js';
import { isComplete, resolveStrategy } from '../strategies/policy.options.js';
import type { ResolvedStrategy, StrategyName } from '../strategies/policy.options.js';
import type { StrategyContext, SharedSpec, StrategyDeps } from './strategy-context.js';
import type { Claim } from './named-state-store.js';
import type { StrategyRequest } from './strategy-request.js';
import { StateStore } from './state-store.js';
import { makers, PARTS } from './strategy-makers.js';
import type { PartOf } from './strategy-makers.js';

export type { StrategyRequest } from './strategy-request.js';
export type { StrategyDeps } from './strategy-context.js';

/** All strategies. */
export const STRATEGIES = Object.keys(PARTS) as readonly StrategyName[];

/** Makes strategies out of policy layers; what has state is shared by name. */
export class StrategyFactory {
  private states = new StateStore();

  constructor(private readonly tools: StrategyDeps) {}

  /** One strategy; undefined if the layers do not configure it, or, after telling `problems`, wrongly. */
  make<S extends StrategyName>(strategy: S, order: StrategyRequest, problems: Problems): PartOf<S> {
    const options = resolveStrategy(strategy, order.layers);
    if (!options || !this.isUsable(strategy, options, order, problems)) return undefined;
    return makers[strategy](options, this.bench(order, problems));
  }

  /** The strategies of a pipeline; `orderOf` says for whom each one is made, if it is. */
  parts(
    orderOf: (strategy: StrategyName) => StrategyRequest | undefined,
    problems: Problems,
    wanted: readonly StrategyName[] = STRATEGIES,
  ): StrategyParts {
    const parts: Record<string, unknown> = {};
    for (const strategy of wanted) {
      const order = orderOf(strategy);
      parts[PARTS[strategy]] = order && this.make(strategy, order, problems);
    }
    return parts;
  }

  timeout(order: StrategyRequest): PartOf<'timeout'> {
    return resolveStrategy('timeout', order.layers);
  }

  retry(order: StrategyRequest, problems: Problems): PartOf<'retry'> {
    return this.make('retry', order, problems);
  }

  circuits(order: StrategyRequest, problems: Problems): PartOf<'circuitBreaker'> {
    return this.make('circuitBreaker', order, problems);
  }

  /** Works out changes without making them; states that exist are kept and get new options. */
  draft(): StrategyFactory {
    const draft = new StrategyFactory(this.tools);
    draft.states = this.states.draft();
    return draft;
  }

  /** Tells what stands in the way of a draft. */
  checkDraft(problems: Problems): void {
    this.states.checkDraft(problems);
  }

  /** Puts a draft in force. */
  adopt(draft: StrategyFactory): void {
    this.states.adopt(draft.states);
  }

  private isUsable<S extends StrategyName>(
    strategy: S,
    options: ResolvedStrategy<S>,
    { where, isSpecific, hosts }: StrategyRequest,
    problems: Problems,
  ): boolean {
    const path = isSpecific ? where : `${where}.${strategy}`;
    if (!isComplete(strategy, options, path, problems)) return false;
    const use = 'use' in options ? options.use : undefined;
    if (typeof use !== 'string') return true;
    const isFound = hosts?.every((host) => typeof (host as Record<string, unknown>)[use] === 'function');
    if (!isFound) problems.add(path, hosts ? 'the name of a method of the class' : 'a function', use);
    return isFound === true;
  }

  private bench(order: StrategyRequest, problems: Problems): StrategyContext {
    const { states, tools } = this;
    const share = <T extends object>(spec: SharedSpec<T>): T | undefined => {
      const { kind, written, options, make, previous, reconfigure } = spec;
      const claim = claimOf(order, written, options);
      const state = states.obtain<T>(kind, claim, { make, previous }, problems);
      if (state && state === previous) states.apply(() => reconfigure(state));
      return state;
    };
    return { order, tools, share, apply: (change) => states.apply(change) };
  }
}

function claimOf(order: StrategyRequest, written: string | undefined, options: object): Claim {
  const { policy, name, identity, where } = order;
  const shared = written ?? policy;
  return {
    name: shared ?? name,
    isExplicit: written !== undefined,
    identity: shared ?? identity,
    options,
    where,
  };
}
