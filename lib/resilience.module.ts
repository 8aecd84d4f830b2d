import { ConfigurableModuleBuilder, Inject, Module } from '@nestjs/common';
import type { DynamicModule, OnApplicationShutdown, OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { ResilienceEvents } from './events/resilience-events.js';
import { HttpClients } from './http/http-clients.js';
import type { HttpClientOptions } from './http/http.options.js';
import { ResilientHttpService } from './http/resilient-http.service.js';
import { Problems } from './policy/problems.js';
import { ResilienceService } from './resilience.service.js';
import type { RuntimeOptions } from './runtime/module-options.js';
import { Runtime } from './runtime/runtime.js';
import { RUNTIME_TOKEN } from './runtime/runtime-token.js';
import { adoptInstances, auditMethods } from './runtime/start-up-audit.js';
import { logTransitions } from './runtime/transition-log.js';
import { BulkheadRegistry } from './strategies/bulkhead/bulkhead-registry.js';
import { CircuitBreakerRegistry } from './strategies/circuit-breaker/circuit-breaker-registry.js';

/** Options of `ResilienceModule.forRoot()`; everything has a default. */
export interface ResilienceModuleOptions extends RuntimeOptions {
  /** The default `ResilientHttpService`. */
  http?: HttpClientOptions | undefined;
}

/** What a class given to `forRootAsync({ useClass })` implements. */
export interface ResilienceOptionsFactory {
  createResilienceOptions(): ResilienceModuleOptions | Promise<ResilienceModuleOptions>;
}

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<ResilienceModuleOptions>({
    moduleName: 'Resilience',
  })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createResilienceOptions')
    .setExtras({ isGlobal: true }, (definition, { isGlobal }) => ({ ...definition, global: isGlobal }))
    .build();

/** Checks everything at once: the options, and each decorated method that the application knows of. */
function createRuntime(options: unknown, modules: ModulesContainer): { runtime: Runtime; http: HttpClients } {
  const problems = new Problems();
  const runtime = new Runtime(options, problems);
  auditMethods(runtime, modules, problems);
  const http = new HttpClients(runtime, problems);
  problems.throwIfAny();
  logTransitions(runtime.events);
  return { runtime, http };
}

const APPLICATION = Symbol('resilience of one application');
type Application = ReturnType<typeof createRuntime>;

const fromApplication = <T>(provide: unknown, useFactory: (application: Application) => T) => ({
  provide: provide as symbol,
  inject: [APPLICATION],
  useFactory,
});

const providers = [
  { provide: APPLICATION, inject: [MODULE_OPTIONS_TOKEN, ModulesContainer], useFactory: createRuntime },
  fromApplication(RUNTIME_TOKEN, ({ runtime }) => runtime),
  fromApplication(ResilienceEvents, ({ runtime }) => runtime.events),
  fromApplication(CircuitBreakerRegistry, ({ runtime }) => runtime.circuits),
  fromApplication(BulkheadRegistry, ({ runtime }) => runtime.bulkheads),
  fromApplication(ResilienceService, ({ runtime }) => new ResilienceService(runtime)),
  fromApplication(ResilientHttpService, ({ http }) => new ResilientHttpService(http.main)),
];

/**
 * Protects the decorated methods of an application and provides `ResilientHttpService`, `ResilienceService`,
 * `ResilienceEvents`, `CircuitBreakerRegistry` and `BulkheadRegistry`. Global unless `isGlobal: false`.
 *
 * @example
 * ```ts
 * @Module({ imports: [ResilienceModule.forRoot({ defaults: { retry: { maxRetries: 2 } } })] })
 * class AppModule {}
 * ```
 */
@Module({
  providers,
  exports: [
    RUNTIME_TOKEN,
    ResilienceEvents,
    CircuitBreakerRegistry,
    BulkheadRegistry,
    ResilienceService,
    ResilientHttpService,
  ],
})
export class ResilienceModule
  extends ConfigurableModuleClass
  implements OnModuleInit, OnModuleDestroy, OnApplicationShutdown
{
  constructor(
    @Inject(APPLICATION) private readonly application: Application,
    @Inject(ModulesContainer) private readonly modules: ModulesContainer,
  ) {
    super();
  }

  /** Registers the module; without options everything has its default. */
  static override forRoot(options: ResilienceModuleOptions & { isGlobal?: boolean } = {}): DynamicModule {
    return super.forRoot(options);
  }

  /** @internal */
  onModuleInit(): void {
    adoptInstances(this.application.runtime, this.modules);
  }

  /** @internal Before the HTTP server waits for open requests, so that none of them waits for a retry. */
  onModuleDestroy(): void {
    this.application.runtime.end();
  }

  /** @internal Connections go last: other shutdown hooks may still send. */
  async onApplicationShutdown(): Promise<void> {
    await this.application.http.close();
  }
}
