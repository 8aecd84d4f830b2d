import type { LazyModuleLoader, ModulesContainer } from '@nestjs/core';
import { auditInjections, featuresOf } from './http/client/client-injections.js';
import { HttpClients } from './http/client/http-clients.js';
import { ResilientHttpService } from './http/resilient-http.service.js';
import { newProblems } from './policy/problems.js';
import { bindInstances } from './nest/bind-instances.js';
import { followLazyModules } from './nest/lazy-modules.js';
import { MethodPipelines } from './nest/method-pipelines.js';
import { ResilienceService } from './resilience.service.js';
import { isPassThrough } from './runtime/module-options.js';
import { Runtime } from './runtime/runtime.js';
import { auditMethods } from './nest/startup-audit.js';
import { logChaos } from './nest/chaos-log.js';
import { ResilienceHealth } from './telemetry/health/resilience-health.js';

/** The parts of one application; two modules may hold it, where a testing module replaces another one. */
export class Application {
  readonly service: ResilienceService;
  readonly health: ResilienceHealth;
  /** The default HTTP client. */
  readonly httpService: ResilientHttpService;
  private readonly httpServices = new Map<string, ResilientHttpService>();
  private isFollowing = false;
  private closing: Promise<void> | undefined;

  private constructor(
    readonly runtime: Runtime,
    readonly methods: MethodPipelines,
    readonly http: HttpClients,
  ) {
    this.service = new ResilienceService(runtime, methods, () => this.drain());
    this.httpService = new ResilientHttpService(http.main);
    this.health = new ResilienceHealth(runtime.circuits);
  }

  /**
   * Checks everything at once: the options, and each decorated method that the application knows of.
   *
   * @throws ResilienceConfigurationError with everything that is wrong
   */
  static create(options: unknown, modules: ModulesContainer): Application {
    const isLenient = isPassThrough(options);
    const problems = newProblems(isLenient);
    const runtime = new Runtime(options, problems);
    const methods = new MethodPipelines(runtime);
    auditMethods(methods, modules, problems);
    const http = new HttpClients(runtime, problems, featuresOf(modules));
    if (!isLenient) auditInjections(modules, http.names, problems);
    problems.throwIfAny();
    // values are there already: a container that is only compiled runs no hooks
    const application = new Application(runtime, methods, http);
    application.bind(modules, false);
    application.startExporters();
    logChaos(runtime);
    return application;
  }

  /**
   * Loads what HTTP clients need before their first request.
   *
   * @param names - of the clients; undefined is the default one
   */
  prepare(names: readonly (string | undefined)[]): Application | Promise<Application> {
    const loading = this.http.prepare(names);
    if (!loading) return this;
    const giveUp = (error: unknown) => {
      this.abandon();
      throw error;
    };
    return loading.then(() => this, giveUp);
  }

  /** The HTTP client of a name; undefined if there is none. */
  httpServiceOf(name: string): ResilientHttpService | undefined {
    const known = this.httpServices.get(name);
    const client = known ? undefined : this.http.get(name);
    if (!client) return known;
    const service = new ResilientHttpService(client);
    this.httpServices.set(name, service);
    return service;
  }

  /** Protects the instances that factories have made, and modules that are loaded later. */
  protect(modules: ModulesContainer, loader: LazyModuleLoader): void {
    this.bind(modules, true);
    if (this.isFollowing) return;
    this.isFollowing = true;
    followLazyModules(this.methods, loader, modules);
  }

  /** Starts the exporters; where one fails the application does not start. */
  private startExporters(): void {
    this.orAbandon(() => this.runtime.startExporters());
  }

  /** Binds instances; where it fails the application does not start, and must keep none. */
  private bind(modules: ModulesContainer, isLoaded: boolean): void {
    this.orAbandon(() => bindInstances(this.methods, modules, isLoaded));
  }

  /** Does a part of the start; where it fails the application lets go of everything. */
  private orAbandon(start: () => void): void {
    try {
      start();
    } catch (error) {
      this.abandon();
      throw error;
    }
  }

  /** Lets go of everything where the application does not start. */
  private abandon(): void {
    this.end();
    // no call runs yet: nothing is waited for, and no timer stays
    void this.close();
  }

  /** Begins to close: pauses end, running attempts go on for the grace, and other applications take over shared instances. */
  end(): void {
    if (this.methods.isClosing) return;
    this.runtime.drain();
    this.methods.handOver();
  }

  /** Begins to close, and waits for what runs and for its replies, within the grace: transports may close then. */
  async drain(): Promise<void> {
    this.end();
    await this.runtime.whenReplied();
  }

  /** Waits for what still runs, within the grace, and lets go of everything. */
  close(): Promise<void> {
    return (this.closing ??= this.letGo());
  }

  private async letGo(): Promise<void> {
    await this.runtime.close();
    this.methods.close();
    await this.http.close();
    await this.runtime.exporters.stopAll();
  }
}
