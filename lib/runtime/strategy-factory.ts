import { ownValue } from '../policy/own-property.js';
import type { Problems } from '../policy/problems.js';
import { definitionOf, isComplete, resolveStrategy, STRATEGY_NAMES } from '../strategies/policy.options.js';
import type {
  InForce,
  ResolvedStrategy,
  StrategyInForce,
  StrategyName,
  StrategyParts,
} from '../strategies/policy.options.js';
import type { StrategyDeps } from '../strategies/strategy-definition.js';
import { StateStore } from './state-store.js';
import { RequestContext } from './strategy-context.js';
import type { OwnedRequest, StrategyRequest } from './strategy-request.js';

/** The strategies of a pipeline, and their options. */
export interface MadeStrategies extends StrategyParts {
  readonly inForce: InForce;
}

/** So many names are noted: they are for a line of the log. */
const MOST_NOTED = 20;

/** Makes strategies out of policy layers; states are shared by name. */
export class StrategyFactory {
  private readonly states = new StateStore();
  /** The names of pipelines for which a strategy is declared that the application has not. */
  readonly unavailableIn = new Set<string>();

  constructor(
    private readonly deps: StrategyDeps,
    states?: StateStore,
  ) {
    if (states) this.states = states;
  }

  /**
   * Makes the strategies of a pipeline. `owner` has their states until it is {@link StrategyFactory.withdraw | withdrawn};
   * `requestOf` answers the request for each strategy, if there is one.
   */
  parts(
    owner: unknown,
    requestOf: (strategy: StrategyName) => StrategyRequest | undefined,
    problems: Problems,
    wanted: readonly StrategyName[] = STRATEGY_NAMES,
  ): MadeStrategies {
    this.states.revisit(owner);
    const parts: Record<string, unknown> = {};
    // nothing is inherited: a strategy that is not in use has no entry
    const inForce = Object.create(null) as Record<string, StrategyInForce>;
    for (const strategy of wanted) {
      const request = requestOf(strategy);
      const options = request && resolveStrategy(strategy, request.layers);
      const part =
        options &&
        this.make(strategy, options, { ...request, owner, path: pathOf(strategy, request) }, problems);
      parts[strategy] = part;
      if (options && part !== undefined)
        inForce[strategy] = { options, name: (part as { name?: string }).name };
    }
    return { ...parts, inForce };
  }

  /** False for a strategy that no pipeline carries, as the application lacks what it needs. */
  isAvailable(strategy: StrategyName): boolean {
    return definitionOf(strategy).isAvailable?.(this.deps) ?? true;
  }

  private note(name: string): void {
    if (this.unavailableIn.size < MOST_NOTED) this.unavailableIn.add(name);
  }

  /** Makes one strategy; undefined, after reporting the problem, if its options are wrong together. */
  private make<S extends StrategyName>(
    strategy: S,
    options: ResolvedStrategy<S>,
    request: OwnedRequest,
    problems: Problems,
  ): unknown {
    if (!isUsable(strategy, options, request, problems)) return undefined;
    if (!this.isAvailable(strategy)) return this.note(request.name);
    const context = new RequestContext(this.deps, this.states, request, problems);
    return definitionOf(strategy).make(options, context);
  }

  /** Works out changes without making them; states that exist are kept and get new options. */
  draft(): StrategyFactory {
    return new StrategyFactory(this.deps, this.states.draft());
  }

  /** Reports the problems that stand in the way of a draft. */
  checkDraft(problems: Problems): void {
    this.states.checkDraft(problems);
  }

  /** Puts a draft in force. */
  commit(draft: StrategyFactory): void {
    this.states.commit(draft.states);
  }

  /** Ends the claims of an owner whose pipeline is not kept; states leave with their last owner. */
  withdraw(owner: unknown): void {
    this.states.withdraw(owner);
  }
}

/** The place of a strategy's options, for messages. */
function pathOf(strategy: StrategyName, { where, isSpecific }: StrategyRequest): string {
  return isSpecific ? where : `${where}.${strategy}`;
}

function isUsable<S extends StrategyName>(
  strategy: S,
  options: ResolvedStrategy<S>,
  { path, prototypes, isJudged }: OwnedRequest,
  problems: Problems,
): boolean {
  if (!isComplete(strategy, options, { path, isJudged }, problems)) return false;
  const use = ownValue(options, 'use' as never) as unknown;
  if (typeof use !== 'string') return true;
  const isFound = prototypes?.every(
    (prototype) => typeof (prototype as Record<string, unknown>)[use] === 'function',
  );
  if (!isFound) problems.add(path, prototypes ? 'the name of a method of the class' : 'a function', use);
  return isFound === true;
}

/** Reports retries without an end: they need a limit of the time in which they may begin. */
export function checkRetriesEnd(inForce: InForce, where: string, problems: Problems): void {
  const retry = inForce.retry?.options as ResolvedStrategy<'retry'> | undefined;
  const timeout = inForce.timeout?.options as ResolvedStrategy<'timeout'> | undefined;
  const isEndless = retry?.maxRetries === Infinity && retry.maxElapsed === undefined;
  if (!isEndless || timeout?.total !== undefined) return;
  const expected = 'a number, or Infinity together with retry.maxElapsed or a total timeout';
  problems.add(`${where}.maxRetries`, expected, Infinity);
}
