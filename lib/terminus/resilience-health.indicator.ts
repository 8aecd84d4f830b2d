import { Inject, Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { ResilienceConfigurationError } from '../exceptions/resilience-configuration.error.js';
import { ResilienceHealth } from '../telemetry/health/resilience-health.js';
import type { HealthOptions } from '../telemetry/health/health.options.js';
import { loadTerminus } from './load-terminus.js';

/** The part of an indicator's session that terminus 11 and 12 have, and `degraded`, which 12 has. */
interface Session {
  up(data: object): HealthIndicatorResult;
  down(data: object): HealthIndicatorResult;
  degraded?(data: object): HealthIndicatorResult;
}

/**
 * Tells `@nestjs/terminus` the health of the application's circuits. It is put in `providers` beside `TerminusModule`. An open
 * circuit is `degraded`, which terminus 12 answers with 200; terminus 11 knows no such state, so that it is `up` with data. Only
 * circuits that `failOn` names are `down`, with 503.
 *
 * @example
 * ```ts
 * @Controller('health')
 * class HealthController {
 *   constructor(private readonly health: HealthCheckService, private readonly resilience: ResilienceHealthIndicator) {}
 *
 *   @Get()
 *   @HealthCheck()
 *   check() {
 *     return this.health.check([() => this.resilience.check('resilience', { failOn: ['database'] })]);
 *   }
 * }
 * ```
 * @public
 */
@Injectable()
export class ResilienceHealthIndicator implements OnModuleInit {
  private indicators: HealthIndicatorService | undefined;

  /** @internal */
  constructor(
    @Inject(ResilienceHealth) private readonly health: ResilienceHealth,
    @Inject(ModuleRef) private readonly modules: ModuleRef,
  ) {}

  /** Called by Nest: finds the service of terminus, so that a missing `TerminusModule` is an error while the application starts. */
  async onModuleInit(): Promise<void> {
    await this.service();
  }

  /**
   * The result of a health check, for `HealthCheckService.check()`.
   *
   * @param key - under which the result stands in the answer
   * @throws ResilienceConfigurationError for options that are wrong
   */
  async check(key = 'resilience', options?: HealthOptions): Promise<HealthIndicatorResult> {
    if (typeof key !== 'string' || key === '') throw problem('key', 'a text that is not empty', key);
    const { status, ...data } = this.health.report(options);
    const session: Session = (await this.service()).check(key);
    if (status === 'down') return session.down(data);
    return status === 'degraded' && session.degraded ? session.degraded(data) : session.up(data);
  }

  private async service(): Promise<HealthIndicatorService> {
    if (this.indicators) return this.indicators;
    const { HealthIndicatorService } = await loadTerminus();
    try {
      const found = this.modules.get(HealthIndicatorService, { strict: false });
      this.indicators = found;
      return found;
    } catch {
      const expected = 'TerminusModule of @nestjs/terminus among the imports of the module that provides it';
      throw problem('ResilienceHealthIndicator', expected, undefined);
    }
  }
}

function problem(path: string, expected: string, got: unknown): ResilienceConfigurationError {
  return new ResilienceConfigurationError([{ path, expected, got }]);
}
