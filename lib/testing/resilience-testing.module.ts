import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { newRegistration } from '../nest/registrations.js';
import { ResilienceModule } from '../resilience.module.js';
import type { ResilienceModuleOptions } from '../resilience.options.js';
import { completed, ConfigurableModuleClass } from '../resilience.providers.js';

/** The options of a test: everything runs bare. A test that closes its application waits for nothing. */
const OF_TESTS: ResilienceModuleOptions = { passThrough: true, shutdown: { grace: 0 } };

/**
 * The module for tests: decorated methods run bare, as in a class made with `new`, HTTP clients send once. Beside an
 * application's own `ResilienceModule.forRoot()` it takes its place, options and all.
 *
 * @example
 * ```ts
 * Test.createTestingModule({ imports: [ResilienceTestingModule.forRoot()], providers: [PaymentsService] });
 * ```
 * @public
 */
@Module({})
export class ResilienceTestingModule extends ResilienceModule {
  /**
   * Registers the module, for the whole application.
   *
   * @param options - those of `ResilienceModule.forRoot()`. Default: `{ passThrough: true }`; with `passThrough: false`
   * everything is protected as these options say
   */
  static override forRoot(options: ResilienceModuleOptions = {}): DynamicModule {
    const registration = newRegistration(Object.keys(options.clients ?? {}), true);
    const definition = ConfigurableModuleClass.forRoot({ ...OF_TESTS, ...options, isGlobal: true });
    return completed({ ...definition, module: ResilienceTestingModule }, registration);
  }
}
