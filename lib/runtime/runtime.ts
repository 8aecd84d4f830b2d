import { CoarseClock } from '../clock/coarse-clock.js';
import { systemClock } from '../clock/system-clock.js';
import type { Clock } from '../clock/clock.js';
import { ResilienceEvents } from '../events/resilience-events.js';
import { DeadlineQueues } from '../pipeline/deadline-queues.js';
import { Lifetime } from '../pipeline/lifetime.js';
import type { Pipeline } from '../pipeline/pipeline.js';
import { Problems } from '../policy/problems.js';
import { CircuitBreakerRegistry } from '../strategies/circuit-breaker/circuit-breaker-registry.js';
import { compileMethod } from './compile-method.js';
import type { DecoratedMethod } from './decorated-method.js';
import { checkModuleOptions } from './module-options.js';
import { PolicyCatalogue } from './policy-catalogue.js';
import { StrategyWorkshop } from './strategy-workshop.js';
import type { WorkshopTools } from './strategy-workshop.js';

/** All that one application's resilience consists of; two applications in a process share nothing. */
export class Runtime {
  readonly clock: Clock;
  readonly random: () => number;
  readonly events = new ResilienceEvents();
  readonly circuits = new CircuitBreakerRegistry();
  readonly lifetime = new Lifetime();
  readonly policies: PolicyCatalogue;
  readonly workshop: StrategyWorkshop;
  readonly tools: WorkshopTools;
  /** The unchecked `http` options, for the HTTP client to check. */
  readonly httpOptions: unknown;
  /** The unchecked `clients` options, likewise. */
  readonly clientsOptions: unknown;
  private readonly pipelines: (Pipeline | undefined)[] = [];

  /** @param problems collects what is wrong; a runtime whose options are wrong must not be used */
  constructor(options: unknown, problems: Problems) {
    const checked = checkModuleOptions(options, problems);
    this.clock = checked.clock ?? systemClock;
    // the one place where chance enters
    // eslint-disable-next-line no-restricted-properties
    this.random = checked.random ?? Math.random;
    this.httpOptions = checked.http;
    this.clientsOptions = checked.clients;
    this.policies = new PolicyCatalogue(checked, problems);
    const { clock, random, events, circuits, lifetime } = this;
    const deadlines = new DeadlineQueues(clock);
    this.tools = { clock, random, events, circuits, lifetime, deadlines, coarse: new CoarseClock(clock) };
    this.workshop = new StrategyWorkshop(this.tools);
  }

  /** The pipeline of a decorated method; compiled at start-up, or with the first call of what start-up cannot see. */
  pipelineOf(method: DecoratedMethod): Pipeline {
    return this.pipelines[method.index] ?? this.compile(method);
  }

  /** Compiles a method's pipeline and tells what is wrong with its decorators. */
  audit(method: DecoratedMethod, problems: Problems): Pipeline {
    const pipeline = this.pipelines[method.index] ?? compileMethod(this, method, problems);
    this.pipelines[method.index] = pipeline;
    return pipeline;
  }

  /** Ends every wait and running attempt, and drops all timers. */
  end(): void {
    this.lifetime.end();
    this.tools.deadlines.stop();
    this.tools.coarse.stop();
  }

  private compile(method: DecoratedMethod): Pipeline {
    const problems = new Problems();
    const pipeline = compileMethod(this, method, problems);
    problems.throwIfAny();
    this.pipelines[method.index] = pipeline;
    return pipeline;
  }
}
