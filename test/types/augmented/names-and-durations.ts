import { getResilientHttpToken, InjectResilientHttp, ResilienceModule, Retryable } from 'nestjs-breakwater';
import type { Duration, PolicyName, ResilienceService, ResilientHttpService } from 'nestjs-breakwater';

declare module 'nestjs-breakwater' {
  interface ResiliencePolicies {
    payments: true;
  }
  interface ResilienceClients {
    stripe: true;
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

export class Invoices {
  @InjectResilientHttp('stripe') readonly stripe!: ResilientHttpService;
  // @ts-expect-error a client of another name
  @InjectResilientHttp('strip') readonly strip!: ResilientHttpService;
}

export const token: symbol = getResilientHttpToken('stripe');
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

export function look(resilience: ResilienceService): void {
  resilience.describe('payments');
  // @ts-expect-error a policy of another name
  resilience.describe('paymnts');
  resilience.describe(Payments, 'charge');
  // @ts-expect-error a method of another name
  resilience.describe(Payments, 'chrage');
}
