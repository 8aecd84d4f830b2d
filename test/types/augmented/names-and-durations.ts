import { ResilienceModule, Retryable } from 'nestjs-breakwater';
import type { Duration, PolicyName, ResilienceService } from 'nestjs-breakwater';

declare module 'nestjs-breakwater' {
  interface ResiliencePolicies {
    payments: true;
  }
  interface ResilienceTypeChecks {
    durations: true;
  }
}

export class Payments {
  @Retryable('payments', { baseDelay: '250ms' })
  async charge(): Promise<void> {}

  // @ts-expect-error a policy of another name
  @Retryable('paymnts')
  async refund(): Promise<void> {}

  // @ts-expect-error no such unit
  @Retryable({ baseDelay: '2 parsecs' })
  async transfer(): Promise<void> {}
}

export const names: PolicyName[] = ['payments'];
export const texts: Duration[] = ['250ms', '2s', '1.5 h', '1 week', '500', 250];

export function use(resilience: ResilienceService, fromConfiguration: string): void {
  void resilience.execute('payments', () => 1);
  resilience.update('payments', { timeout: '2s' });
  // @ts-expect-error a policy of another name
  void resilience.execute('paymnts', () => 1);
  // @ts-expect-error text of unknown content
  ResilienceModule.forRoot({ defaults: { timeout: fromConfiguration } });
  // whoever knows better says so
  ResilienceModule.forRoot({ defaults: { timeout: fromConfiguration as Duration } });
}
