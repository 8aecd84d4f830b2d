import type { CoarseClock } from '../clock/coarse-clock.js';
import type { PipelineParts } from '../pipeline/pipeline-parts.js';
import type { PipelineTools } from '../pipeline/pipeline-tools.js';
import { classifyFailure } from '../policy/classify-failure.js';
import type { Problems } from '../policy/problems.js';
import { checkCircuitBreaker } from '../strategies/circuit-breaker/circuit-breaker.options.js';
import type { CircuitBreakerRegistry } from '../strategies/circuit-breaker/circuit-breaker-registry.js';
import { CircuitFamily } from '../strategies/circuit-breaker/circuit-family.js';
import { CircuitPlan } from '../strategies/circuit-breaker/circuit-plan.js';
import { resolveClassify, resolveStrategy } from '../strategies/policy.options.js';
import type { PolicyLayer } from '../strategies/policy.options.js';
import { Retry } from '../strategies/retry/retry.js';
import { RetryBudget } from '../strategies/retry/retry-budget.js';
import type { ResolvedRetry } from '../strategies/retry/retry.options.js';
import type { ResolvedTimeout } from '../strategies/timeout/timeout.options.js';
import { NamedStates } from './named-states.js';
import type { Claim } from './named-states.js';

/** What the strategies of one application are made with. */
export interface WorkshopTools extends PipelineTools {
  readonly coarse: CoarseClock;
  readonly random: () => number;
  readonly circuits: CircuitBreakerRegistry;
}

/** For whom a strategy is made. */
export interface Order {
  readonly layers: readonly PolicyLayer[];
  /** The policy by whose name its state is called and shared. */
  readonly policy?: string | undefined;
  /** What its state is called without a policy: `Class.method` or the client's name. */
  readonly name: string;
  /** With {@link name}, those of the same identity share. */
  readonly identity: unknown;
  /** For messages. */
  readonly where: string;
  /** The caller brings the keys, such as origins. */
  readonly isKeyed?: boolean;
  /** The pipeline that the new one takes the place of: states are kept. */
  readonly previous?: PipelineParts | undefined;
}

/** What is done at once, or with all changes of an update. */
type Change = () => void;

/** Makes strategies out of policy layers; what has state is shared by name. */
export class StrategyWorkshop {
  private budgets = new NamedStates<RetryBudget>();
  private families = new NamedStates<CircuitFamily>();
  private changes: Change[] | undefined;

  constructor(private readonly tools: WorkshopTools) {}

  timeout({ layers }: Order): ResolvedTimeout | undefined {
    return resolveStrategy('timeout', layers);
  }

  retry(order: Order, problems: Problems): Retry | undefined {
    const options = resolveStrategy('retry', order.layers) as ResolvedRetry | undefined;
    if (!options) return undefined;
    const label = { name: options.name ?? order.policy ?? order.name, policy: order.policy };
    const budget = this.budget(order, options, problems);
    const classify = resolveClassify(order.layers, classifyFailure);
    return new Retry(label, options, { budget, classify, random: this.tools.random });
  }

  circuits(order: Order, problems: Problems): CircuitFamily | undefined {
    const options = resolveStrategy('circuitBreaker', order.layers);
    if (!options) return undefined;
    checkCircuitBreaker(options, order.where, problems);
    const classify = resolveClassify(order.layers, classifyFailure);
    const planOf = (name: string) =>
      new CircuitPlan({ name, policy: order.policy }, options, { ...this.tools, classify });
    const make = (name: string) => {
      const family = new CircuitFamily(planOf(name), order.isKeyed);
      this.apply(() => void this.tools.circuits.add(family));
      return family;
    };
    const previous = order.previous?.circuits;
    const claim = claimOf(order, options.name, { ...options, classify, name: undefined });
    const family = this.families.obtain(claim, { make, previous }, problems);
    if (family && family === previous) this.apply(() => family.reconfigure(planOf(family.name)));
    return family;
  }

  /** Works out changes without making them; states that exist are kept and get new options. */
  draft(): StrategyWorkshop {
    const draft = new StrategyWorkshop(this.tools);
    draft.budgets = this.budgets.draft();
    draft.families = this.families.draft();
    draft.changes = [];
    return draft;
  }

  /** Tells what stands in the way of a draft. */
  checkDraft(problems: Problems): void {
    this.budgets.checkRevision(problems);
    this.families.checkRevision(problems);
  }

  /** Puts a draft in force. */
  adopt(draft: StrategyWorkshop): void {
    this.budgets = draft.budgets;
    this.families = draft.families;
    for (const change of draft.changes ?? []) change();
  }

  private budget(order: Order, { name, budget: options }: ResolvedRetry, problems: Problems) {
    if (options === false) return undefined;
    const { clock, coarse } = this.tools;
    const make = () => new RetryBudget(options, clock, coarse);
    const previous = order.previous?.retry?.budget;
    const budget = this.budgets.obtain(claimOf(order, name, options), { make, previous }, problems);
    if (budget && budget === previous) this.apply(() => budget.reconfigure(options));
    return budget;
  }

  private apply(change: Change): void {
    if (this.changes) this.changes.push(change);
    else change();
  }
}

function claimOf(order: Order, written: string | undefined, options: object): Claim {
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
