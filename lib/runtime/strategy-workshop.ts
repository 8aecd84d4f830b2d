import { classifyFailure } from '../policy/classify-failure.js';
import type { ClassifyFailure } from '../policy/classify-failure.js';
import type { Problems } from '../policy/problems.js';
import type { PipelineTools } from '../pipeline/pipeline-tools.js';
import { checkCircuitBreaker } from '../strategies/circuit-breaker/circuit-breaker.options.js';
import type { CircuitBreakerRegistry } from '../strategies/circuit-breaker/circuit-breaker-registry.js';
import { CircuitFamily } from '../strategies/circuit-breaker/circuit-family.js';
import { CircuitPlan } from '../strategies/circuit-breaker/circuit-plan.js';
import { resolveClassify, resolveStrategy } from '../strategies/policy.options.js';
import type { PolicyLayer } from '../strategies/policy.options.js';
import { Retry } from '../strategies/retry/retry.js';
import { RetryBudget } from '../strategies/retry/retry-budget.js';
import type { ResolvedBudget, ResolvedRetry } from '../strategies/retry/retry.options.js';
import type { ResolvedTimeout } from '../strategies/timeout/timeout.options.js';
import type { CoarseClock } from '../clock/coarse-clock.js';
import { NamedStates } from './named-states.js';
import type { Answer, Claim } from './named-states.js';

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
}

/** Makes strategies out of policy layers; what has state is shared by name. */
export class StrategyWorkshop {
  private readonly budgets = new NamedStates<RetryBudget>();
  private readonly families = new NamedStates<CircuitFamily>();

  constructor(private readonly tools: WorkshopTools) {}

  timeout(order: Order): ResolvedTimeout | undefined {
    return resolveStrategy('timeout', order.layers);
  }

  retry(order: Order, problems: Problems): Retry | undefined {
    const options = resolveStrategy('retry', order.layers) as ResolvedRetry | undefined;
    if (!options) return undefined;
    const budget =
      options.budget === false ? undefined : this.budget(order, options, options.budget, problems);
    const tools = { budget, classify: this.classify(order), random: this.tools.random };
    return new Retry(
      { name: options.name ?? order.policy ?? order.name, policy: order.policy },
      options,
      tools,
    );
  }

  circuits(order: Order, problems: Problems): CircuitFamily | undefined {
    const options = resolveStrategy('circuitBreaker', order.layers);
    if (!options) return undefined;
    checkCircuitBreaker(options, order.where, problems);
    const classify = this.classify(order);
    const claim = this.claim(order, options.name, { ...options, classify, name: undefined });
    const family = this.families.obtain(claim, (name) => {
      const plan = new CircuitPlan({ name, policy: order.policy }, options, { ...this.tools, classify });
      return this.tools.circuits.add(new CircuitFamily(plan, order.isKeyed));
    });
    return this.orProblem(family, claim, problems);
  }

  private budget(order: Order, { name }: ResolvedRetry, options: ResolvedBudget, problems: Problems) {
    const claim = this.claim(order, name, options);
    const { clock, coarse } = this.tools;
    return this.orProblem(
      this.budgets.obtain(claim, () => new RetryBudget(options, clock, coarse)),
      claim,
      problems,
    );
  }

  private classify(order: Order): ClassifyFailure {
    return resolveClassify(order.layers, classifyFailure);
  }

  private claim(
    { policy, name, identity, where }: Order,
    written: string | undefined,
    options: object,
  ): Claim {
    const shared = written ?? policy;
    return {
      name: shared ?? name,
      isExplicit: written !== undefined,
      identity: shared ?? identity,
      options,
      where,
    };
  }

  private orProblem<T>(answer: Answer<T>, claim: Claim, problems: Problems): T | undefined {
    if ('state' in answer) return answer.state;
    problems.add(
      `${claim.where}.name`,
      `the options of ${answer.takenBy}, which has the same name`,
      claim.name,
    );
    return undefined;
  }
}
