import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { ResilienceConfigurationError } from '../exceptions/resilience-configuration.error.js';
import { newRegistration } from '../nest/registrations.js';
import { ResilienceModule } from '../resilience.module.js';
import type { ResilienceModuleOptions } from '../resilience.options.js';
import { completed, ConfigurableModuleClass } from '../resilience.providers.js';

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
    const { passThrough = true, shutdown } = options;
    // a test that closes its application waits for nothing
    const grace = shutdown?.grace ?? 0;
    const definition = ConfigurableModuleClass.forRoot({
      ...options,
      passThrough,
      shutdown: { ...shutdown, grace },
      isGlobal: true,
    });
    return completed({ ...definition, module: ResilienceTestingModule }, registration);
  }

  /**
   * Not for tests, whose options are known: the application's own `forRootAsync` would protect everything.
   *
   * @throws ResilienceConfigurationError always
   */
  static override forRootAsync(): never {
    const path = 'ResilienceTestingModule.forRootAsync()';
    throw new ResilienceConfigurationError([{ path, expected: 'forRoot(options)', got: 'forRootAsync()' }]);
  }
}
