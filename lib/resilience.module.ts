import { ConfigurableModuleBuilder, Inject, Module } from '@nestjs/common';
import type {
  DynamicModule,
  InjectionToken,
  OnApplicationShutdown,
  OnModuleDestroy,
  OnModuleInit,
  Provider,
} from '@nestjs/common';
import { LazyModuleLoader, ModulesContainer } from '@nestjs/core';
import { ResilienceEvents } from './events/resilience-events.js';
import { FEATURE_CLIENTS } from './http/client-injections.js';
import { getResilientHttpToken, onClientAsked } from './http/inject-resilient-http.js';
import { ResilientHttpService } from './http/resilient-http.service.js';
import { createApplication } from './resilience.application.js';
import type { Application } from './resilience.application.js';
import { ResilienceService } from './resilience.service.js';
import { isOptionsObject } from './policy/layers.js';
import type {
  ResilienceAsyncOptions,
  ResilienceFeatureOptions,
  ResilienceModuleOptions,
} from './resilience.options.js';
import { bindInstances } from './nest/bind-instances.js';
import { followLazyModules } from './nest/lazy-modules.js';
import { RUNTIME_TOKEN } from './nest/runtime-token.js';
import { BulkheadRegistry } from './strategies/bulkhead/bulkhead-registry.js';
import { CircuitBreakerRegistry } from './strategies/circuit-breaker/circuit-breaker-registry.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<ResilienceModuleOptions>({
    moduleName: 'Resilience',
  })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createResilienceOptions')
    .setExtras({ isGlobal: true }, (definition, { isGlobal }) => ({ ...definition, global: isGlobal }))
    .build();

const APPLICATION = Symbol('resilience of one application');

const fromApplication = <T>(provide: unknown, useFactory: (application: Application) => T) => ({
  provide: provide as symbol,
  inject: [APPLICATION],
  useFactory,
});

const parts = [
  fromApplication(RUNTIME_TOKEN, ({ methods }) => methods),
  fromApplication(ResilienceEvents, ({ runtime }) => runtime.events),
  fromApplication(CircuitBreakerRegistry, ({ runtime }) => runtime.circuits),
  fromApplication(BulkheadRegistry, ({ runtime }) => runtime.bulkheads),
  fromApplication(ResilienceService, ({ runtime, methods }) => new ResilienceService(runtime, methods)),
  fromApplication(ResilientHttpService, ({ http }) => new ResilientHttpService(http.main)),
];

const providers: Provider[] = [
  { provide: APPLICATION, inject: [MODULE_OPTIONS_TOKEN, ModulesContainer], useFactory: createApplication },
  ...parts,
];
const exported: InjectionToken[] = parts.map(({ provide }) => provide);

// Nest reads both lists when it scans an application: after the decorators, so that names given to forRootAsync work
onClientAsked((name) => {
  const token = getResilientHttpToken(name);
  const serviceOf = ({ http }: Application) => {
    const client = http.get(name);
    return client && new ResilientHttpService(client);
  };
  providers.push(fromApplication(token, serviceOf));
  exported.push(token);
});

/** Makes the names injectable; a wrong value is told with all other problems when the application starts. */
function provideClients(clients: unknown): void {
  if (isOptionsObject(clients)) for (const name of Object.keys(clients)) getResilientHttpToken(name);
}

/** Holds what `forFeature()` was given until the application starts. */
@Module({})
class ResilienceFeature {}

/**
 * Protects the decorated methods of an application and provides `ResilientHttpService`, `ResilienceService`,
 * `ResilienceEvents`, `CircuitBreakerRegistry` and `BulkheadRegistry`. Global unless `isGlobal: false`.
 *
 * @example
 * ```ts
 * @Module({ imports: [ResilienceModule.forRoot({ defaults: { retry: { maxRetries: 2 } } })] })
 * class AppModule {}
 * ```
 * @public
 */
@Module({ providers, exports: exported })
export class ResilienceModule implements OnModuleInit, OnModuleDestroy, OnApplicationShutdown {
  /** @internal */
  constructor(
    @Inject(APPLICATION) private readonly application: Application,
    @Inject(ModulesContainer) private readonly modules: ModulesContainer,
    @Inject(LazyModuleLoader) private readonly lazyModules: LazyModuleLoader,
  ) {}

  /** Registers the module; without options everything has its default. */
  static forRoot(options: ResilienceModuleOptions & { isGlobal?: boolean } = {}): DynamicModule {
    provideClients(options.clients);
    return { ...ConfigurableModuleClass.forRoot(options), module: ResilienceModule };
  }

  /** Registers the module with options that are made while the application starts, such as from `ConfigService`. */
  static forRootAsync(options: ResilienceAsyncOptions): DynamicModule {
    return { ...ConfigurableModuleClass.forRootAsync(options), module: ResilienceModule };
  }

  /** Adds named HTTP clients in a feature module; `forRoot()` is imported elsewhere. */
  static forFeature({ clients }: ResilienceFeatureOptions): DynamicModule {
    provideClients(clients);
    return { module: ResilienceFeature, providers: [{ provide: FEATURE_CLIENTS, useValue: clients }] };
  }

  /** Called by Nest: protects the instances that factories made. */
  onModuleInit(): void {
    bindInstances(this.application.methods, this.modules);
    followLazyModules(this.application.methods, this.lazyModules, this.modules);
  }

  /** Called by Nest: begins to drain before the HTTP server waits for open requests, so that none of them waits for a retry. */
  onModuleDestroy(): void {
    this.application.runtime.drain();
  }

  /** Called by Nest: waits for what still runs, within the grace. Connections go last: other shutdown hooks may still send. */
  async onApplicationShutdown(): Promise<void> {
    await this.application.runtime.close();
    await this.application.http.close();
  }
}
