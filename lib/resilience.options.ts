import type { ConfigurableModuleAsyncOptions } from '@nestjs/common';
import type { ClientsOptions } from './http/client/client-injections.js';
import type { HttpClientOptions } from './http/http.options.js';
import type { RuntimeOptions } from './runtime/module-options.js';

/** Options of `ResilienceModule.forRoot()`; everything has a default. @public */
export interface ResilienceModuleOptions extends RuntimeOptions {
  /** The default `ResilientHttpService`. */
  http?: HttpClientOptions | undefined;
  /** Named HTTP clients: `@InjectResilientHttp('stripe')`. */
  clients?: ClientsOptions | undefined;
}

/** Options of `ResilienceModule.forFeature()`. @public */
export interface ResilienceFeatureOptions {
  /** HTTP clients of a feature module; their names are known in the whole application. */
  clients: ClientsOptions;
}

/**
 * Options of `ResilienceModule.forRootAsync()`: `useFactory`, `useClass` or `useExisting`, with `imports` and `inject` as
 * everywhere in Nest.
 * @public
 */
export interface ResilienceAsyncOptions extends ConfigurableModuleAsyncOptions<
  ResilienceModuleOptions,
  'createResilienceOptions'
> {
  /** Whether the module is known everywhere without being imported. Default true. */
  isGlobal?: boolean;
}

/** The interface of a class that is given to `forRootAsync({ useClass })`. @public */
export interface ResilienceOptionsFactory {
  /** The options of the application; called once, while it starts. */
  createResilienceOptions(): ResilienceModuleOptions | Promise<ResilienceModuleOptions>;
}
