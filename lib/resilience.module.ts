import { Inject, Module } from '@nestjs/common';
import type {
  BeforeApplicationShutdown,
  DynamicModule,
  OnApplicationShutdown,
  OnModuleDestroy,
  OnModuleInit,
} from '@nestjs/common';
import { LazyModuleLoader, ModulesContainer } from '@nestjs/core';
import { FEATURE_CLIENTS } from './http/client/client-injections.js';
import { getResilientHttpToken } from './http/inject-resilient-http.js';
import { hasMessageHandlers } from './nest/message-handlers.js';
import { newRegistration } from './nest/registrations.js';
import { isOptionsObject } from './policy/layers.js';
import type { Application } from './resilience.application.js';
import type {
  ResilienceAsyncOptions,
  ResilienceFeatureOptions,
  ResilienceModuleOptions,
} from './resilience.options.js';
import {
  APPLICATION,
  completed,
  ConfigurableModuleClass,
  exported,
  providers,
} from './resilience.providers.js';

/** The names of clients; a wrong value is told with all other problems when the application starts. */
function namesOf(clients: unknown): string[] {
  return isOptionsObject(clients) ? Object.keys(clients) : [];
}

/** Holds what `forFeature()` was given until the application starts. */
@Module({})
class ResilienceFeature {}

/**
 * Protects the decorated methods of an application and provides `ResilientHttpService`, `ResilienceService`,
 * `ResilienceEvents`, `ResilienceMetrics`, `CircuitBreakerRegistry`, `BulkheadRegistry`, `RateLimitRegistry` and
 * `RetryBudgetRegistry`. Global unless `isGlobal: false`.
 *
 * @example
 * ```ts
 * @Module({ imports: [ResilienceModule.forRoot({ defaults: { retry: { maxRetries: 2 } } })] })
 * class AppModule {}
 * ```
 * @public
 */
@Module({ providers: [...providers], exports: [...exported] })
export class ResilienceModule
  implements OnModuleInit, OnModuleDestroy, BeforeApplicationShutdown, OnApplicationShutdown
{
  /** @internal */
  constructor(
    @Inject(APPLICATION) private readonly application: Application,
    @Inject(ModulesContainer) private readonly modules: ModulesContainer,
    @Inject(LazyModuleLoader) private readonly lazyModules: LazyModuleLoader,
  ) {}

  /** Registers the module; without options everything has its default. */
  static forRoot(options: ResilienceModuleOptions & { isGlobal?: boolean } = {}): DynamicModule {
    const registration = newRegistration(namesOf(options.clients));
    return completed({ ...ConfigurableModuleClass.forRoot(options), module: ResilienceModule }, registration);
  }

  /** Registers the module with options that are made while the application starts, such as from `ConfigService`. */
  static forRootAsync(options: ResilienceAsyncOptions): DynamicModule {
    const registration = newRegistration([]);
    return completed(
      { ...ConfigurableModuleClass.forRootAsync(options), module: ResilienceModule },
      registration,
    );
  }

  /** Adds named HTTP clients in a feature module; `forRoot()` is imported elsewhere. */
  static forFeature({ clients }: ResilienceFeatureOptions): DynamicModule {
    for (const name of namesOf(clients)) getResilientHttpToken(name);
    return { module: ResilienceFeature, providers: [{ provide: FEATURE_CLIENTS, useValue: clients }] };
  }

  /** Called by Nest: protects the instances that factories made. */
  onModuleInit(): void {
    this.application.protect(this.modules, this.lazyModules);
  }

  /** Called by Nest: begins to drain before the HTTP server waits for open requests, so that none of them waits for a retry. */
  onModuleDestroy(): void {
    this.application.end();
  }

  /** Called by Nest: waits for message handlers and their replies, because Nest closes their transports next. */
  async beforeApplicationShutdown(): Promise<void> {
    if (hasMessageHandlers(this.modules)) await this.application.drain();
  }

  /** Called by Nest: waits for what still runs, within the grace. Connections go last: other shutdown hooks may still send. */
  async onApplicationShutdown(): Promise<void> {
    await this.application.close();
  }
}
