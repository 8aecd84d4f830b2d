import { CoarseClock } from '../clock/coarse-clock.js';
import { systemClock } from '../clock/system-clock.js';
import type { Clock } from '../clock/clock.js';
import { AlarmClock } from '../pipeline/guards/alarm-clock.js';
import type { PipelineDeps } from '../pipeline/pipeline-deps.js';
import { ResilienceEvents } from '../events/resilience-events.js';
import { AddedInterceptors } from '../pipeline/attempt/added-interceptors.js';
import { DeadlineQueues } from '../pipeline/deadlines/deadline-queues.js';
import { ShutdownSignal } from '../pipeline/abort/shutdown-signal.js';
import { AmbientContext } from '../pipeline/nesting/ambient-context.js';
import { Problems } from '../policy/problems.js';
import { BulkheadRegistry } from '../strategies/bulkhead/bulkhead-registry.js';
import type { InterceptorSource } from '../strategies/body-interceptor.js';
import type { ChaosHost, ChaosOfApplication, OpenChaosSource } from '../strategies/chaos/chaos-source.js';
import { SilentChaos } from '../strategies/chaos/resilience-chaos.js';
import type { ResilienceChaos } from '../strategies/chaos/resilience-chaos.js';
import { EventLog } from '../telemetry/logging/event-log.js';
import { RateLimitRegistry } from '../strategies/rate-limit/rate-limit-registry.js';
import { RetryBudgetRegistry } from '../strategies/retry/retry-budget-registry.js';
import { ResilienceCache } from '../strategies/cache/resilience-cache.js';
import { CircuitBreakerRegistry } from '../strategies/circuit-breaker/circuit-breaker-registry.js';
import type { StrategyDeps } from '../strategies/strategy-definition.js';
import { Exporters } from '../telemetry/exporters.js';
import type { ResilienceExporter } from '../telemetry/exporter.js';
import { ResilienceMetrics } from '../telemetry/resilience-metrics.js';
import { Telemetry } from '../telemetry/telemetry.js';
import { checkModuleOptions, countedBy, graceOf, isPassThrough, nestingOf } from './module-options.js';
import type { RuntimeOptions } from './module-options.js';
import { PolicyCatalogue } from './policy-catalogue.js';
import type { CompilerDeps, PolicyUser } from './policy-user.js';
import { StrategyFactory } from './strategy-factory.js';

function shutdownOf(options: RuntimeOptions, clock: Clock): ShutdownSignal {
  const cutsOffAll = options.shutdown?.grace !== undefined || options.clock !== undefined;
  return new ShutdownSignal(clock, graceOf(options), cutsOffAll);
}

/** The control of faults; one that says why chaos is silent, where it is. */
function controlOf(
  chaos: ChaosOfApplication | undefined,
  { passThrough, ...given }: RuntimeOptions,
): ResilienceChaos {
  if (chaos) return chaos.control;
  const state = passThrough ? 'passThrough: true' : 'enabled: false';
  return new SilentChaos(given.chaos && state);
}

/** All that one application's resilience consists of; two applications in a process share nothing. */
export class Runtime implements CompilerDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly events = new ResilienceEvents();
  readonly circuits = new CircuitBreakerRegistry();
  readonly bulkheads = new BulkheadRegistry();
  readonly rateLimits = new RateLimitRegistry();
  readonly budgets = new RetryBudgetRegistry();
  /** Counts and observes; it does neither where everything runs bare. */
  readonly telemetry: Telemetry;
  readonly metrics: ResilienceMetrics;
  readonly exporters: Exporters;
  readonly caches: ResilienceCache;
  readonly shutdown: ShutdownSignal;
  readonly factory: StrategyFactory;
  readonly deps: PipelineDeps;
  /** The clock that counts in ticks. */
  readonly coarse: CoarseClock;
  /** True if nothing is protected: everything runs bare. */
  readonly isPassThrough: boolean;
  /** The unchecked `http` options, for the HTTP client to check. */
  readonly httpOptions: unknown;
  /** The unchecked `clients` options, likewise. */
  readonly clientsOptions: unknown;
  private readonly listedExporters: readonly ResilienceExporter[];
  /** Starts and stops faults; where chaos is not enabled it refuses. */
  readonly chaos: ResilienceChaos;
  private readonly interceptors = new AddedInterceptors();
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
    const { clock, events } = this;
    this.coarse = new CoarseClock(clock);
    const deadlines = new DeadlineQueues(clock);
    const shutdown = (this.shutdown = shutdownOf(checked, clock));
    const nesting = nestingOf(checked);
    const ambientContext = nesting && new AmbientContext(nesting);
    events.logTo(new EventLog(checked.logging ?? {}, clock));
    const counted = this.isPassThrough ? false : countedBy(checked);
    const telemetry = (this.telemetry = new Telemetry(counted, events, this.isPassThrough));
    this.listedExporters = counted === false ? [] : counted.exporters;
    this.exporters = new Exporters(telemetry, events, () => this.metrics.collect());
    this.metrics = new ResilienceMetrics(telemetry, this, this.exporters);
    const watched = this.isPassThrough ? undefined : telemetry;
    this.deps = {
      clock,
      events,
      deadlines,
      shutdown,
      telemetry: watched,
      ambientContext,
      interceptors: this.interceptors,
    };
    this.caches = new ResilienceCache(checked.cache);
    const chaos = this.openChaos(checked.chaos);
    this.chaos = controlOf(chaos, checked);
    this.factory = new StrategyFactory(this.strategyDeps(chaos));
  }

  private strategyDeps(chaos: ChaosOfApplication | undefined): StrategyDeps {
    const { clock, coarse, random, events, circuits, bulkheads, rateLimits, budgets, telemetry } = this;
    const newAlarm = (ring: () => void) => new AlarmClock(clock, ring);
    const { caches, deps } = this;
    const deadline = (ms: number, ring: () => void) => deps.deadlines.ringAfter(ms, ring);
    caches.useDeps({ clock, events, deadline });
    const registries = { circuits, bulkheads, rateLimits, budgets, caches };
    return {
      clock,
      coarse,
      events,
      random,
      ...registries,
      transitions: telemetry,
      newAlarm,
      deadline,
      chaos,
    };
  }

  /** The services that faults need, for the application's own and for those of a test. */
  get chaosHost(): ChaosHost {
    const { clock, events, random, shutdown } = this;
    return {
      clock,
      events,
      random,
      get isClosing() {
        return shutdown.isDraining;
      },
      hasPolicy: (name) => this.policies.has(name),
      add: (source) => this.intercept(source),
    };
  }

  /** The policies in force. */
  get policies(): PolicyCatalogue {
    return this.catalogue;
  }

  /** Adds a part of the application that compiles policies: it is asked when one changes. */
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
    const draft = { deps: this.deps, policies, factory: this.factory.draft() };
    const swaps = this.policyUsers.map((user) => user.prepareUpdate(policy, draft, problems));
    draft.factory.checkDraft(problems);
    problems.throwIfAny();
    this.catalogue = policies;
    this.factory.commit(draft.factory);
    for (const swap of swaps) swap();
  }

  /** Starts the exporters of the options. */
  startExporters(): void {
    for (const exporter of this.listedExporters) this.exporters.start(exporter);
  }

  /** Puts interceptors in front of the bodies of pipelines, until the function that it returns is called. */
  private intercept(source: InterceptorSource): () => void {
    const remove = this.interceptors.add(source);
    const renew = () => {
      for (const user of this.policyUsers) user.renew();
    };
    renew();
    return () => {
      remove();
      renew();
    };
  }

  private openChaos(source: OpenChaosSource | undefined): ChaosOfApplication | undefined {
    return source?.enabled === true && !this.isPassThrough ? source.open(this.chaosHost) : undefined;
  }

  /** Begins to close: pauses end and no retry begins; running attempts go on for the grace. */
  drain(): void {
    this.shutdown.drain(() => this.end());
  }

  /** Waits for running calls and for their replies, no longer than the grace. */
  whenReplied(): Promise<void> {
    return this.shutdown.whenReplied();
  }

  /** Closes: waits for running attempts, no longer than the grace, and ends everything. */
  async close(): Promise<void> {
    this.drain();
    await this.shutdown.whenIdle();
    this.end();
    this.shutdown.close();
    this.events.endLog();
  }

  /** Ends every wait and every attempt that can be ended, and drops all timers. */
  private end(): void {
    this.shutdown.end();
    this.deps.deadlines.end();
    this.coarse.stop();
  }
}
