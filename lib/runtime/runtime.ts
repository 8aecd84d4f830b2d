import { CoarseClock } from '../clock/coarse-clock.js';
import { RootClock } from '../clock/root-clock.js';
import { systemClock } from '../clock/system-clock.js';
import type { Clock } from '../clock/clock.js';
import { ResilienceEvents } from '../events/resilience-events.js';
import { DeadlineQueues } from '../pipeline/deadline-queues.js';
import { Lifetime } from '../pipeline/lifetime.js';
import { Surroundings } from '../pipeline/surroundings.js';
import { Problems } from '../policy/problems.js';
import { BulkheadRegistry } from '../strategies/bulkhead/bulkhead-registry.js';
import { CircuitBreakerRegistry } from '../strategies/circuit-breaker/circuit-breaker-registry.js';
import { checkModuleOptions, isPassThrough, nestingOf } from './module-options.js';
import { PolicyCatalogue } from './policy-catalogue.js';
import type { CompilerTools, PolicyUser } from './policy-user.js';
import { StrategyWorkshop } from './strategy-workshop.js';
import type { WorkshopTools } from './strategy-workshop.js';

/** All that one application's resilience consists of; two applications in a process share nothing. */
export class Runtime implements CompilerTools {
  readonly clock: Clock;
  readonly random: () => number;
  readonly events = new ResilienceEvents();
  readonly circuits = new CircuitBreakerRegistry();
  readonly bulkheads = new BulkheadRegistry();
  readonly lifetime = new Lifetime();
  readonly workshop: StrategyWorkshop;
  readonly tools: WorkshopTools;
  /** True if nothing is protected: everything runs bare. */
  readonly isPassThrough: boolean;
  /** The unchecked `http` options, for the HTTP client to check. */
  readonly httpOptions: unknown;
  /** The unchecked `clients` options, likewise. */
  readonly clientsOptions: unknown;
  private catalogue: PolicyCatalogue;
  private readonly policyUsers: PolicyUser[] = [];

  /** @param problems collects what is wrong; a runtime whose options are wrong must not be used */
  constructor(options: unknown, problems: Problems) {
    const checked = checkModuleOptions(options, problems);
    this.isPassThrough = isPassThrough(options);
    this.clock = checked.clock ?? systemClock;
    // the one place where chance enters
    // eslint-disable-next-line no-restricted-properties
    this.random = checked.random ?? Math.random;
    this.httpOptions = checked.http;
    this.clientsOptions = checked.clients;
    this.catalogue = PolicyCatalogue.of(checked, problems);
    const { clock, random, events, circuits, bulkheads, lifetime } = this;
    const shared = new RootClock(clock);
    const coarse = new CoarseClock(shared, clock === systemClock);
    const deadlines = new DeadlineQueues(shared, coarse);
    const nesting = nestingOf(checked);
    const surroundings = nesting && new Surroundings(nesting);
    const timers = { sharedClock: shared, coarse, deadlines };
    this.tools = { clock, random, events, circuits, bulkheads, lifetime, surroundings, ...timers };
    this.workshop = new StrategyWorkshop(this.tools);
  }

  /** The policies in force. */
  get policies(): PolicyCatalogue {
    return this.catalogue;
  }

  /** Whoever compiles policies is asked when one changes. */
  addPolicyUser(user: PolicyUser): void {
    this.policyUsers.push(user);
  }

  /**
   * Swaps the options of a named policy: all of it, or, if something is wrong with it, nothing.
   *
   * @throws ResilienceConfigurationError with everything that is wrong
   */
  updatePolicy(policy: string, options: unknown): void {
    const problems = new Problems();
    const policies = this.catalogue.with(policy, options, problems);
    const draft = { tools: this.tools, policies, workshop: this.workshop.draft() };
    const swaps = this.policyUsers.map((user) => user.prepareUpdate(policy, draft, problems));
    draft.workshop.checkDraft(problems);
    problems.throwIfAny();
    this.catalogue = policies;
    this.workshop.adopt(draft.workshop);
    for (const swap of swaps) swap();
  }

  /** Ends every wait and running attempt, and drops all timers. */
  end(): void {
    this.lifetime.end();
    this.tools.deadlines.end();
    this.tools.coarse.stop();
  }
}
