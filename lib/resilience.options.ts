import type { ClientsOptions } from './http/client-injections.js';
import type { HttpClientOptions } from './http/http.options.js';
import type { RuntimeOptions } from './runtime/module-options.js';

/** Options of `ResilienceModule.forRoot()`; everything has a default. */
export interface ResilienceModuleOptions extends RuntimeOptions {
  /** The default `ResilientHttpService`. */
  http?: HttpClientOptions | undefined;
  /** Named HTTP clients: `@InjectResilientHttp('stripe')`. */
  clients?: ClientsOptions | undefined;
}

/** Options of `ResilienceModule.forFeature()`. */
export interface ResilienceFeatureOptions {
  /** HTTP clients of a feature module; their names are known in the whole application. */
  clients: ClientsOptions;
}

/** What a class given to `forRootAsync({ useClass })` implements. */
export interface ResilienceOptionsFactory {
  createResilienceOptions(): ResilienceModuleOptions | Promise<ResilienceModuleOptions>;
}
