import { ResilienceModule } from 'nestjs-breakwater';
import type { Duration, DurationText, PolicyName, ResilienceModuleOptions } from 'nestjs-breakwater';

declare const fromConfiguration: string;

export const durations: Duration[] = [250, '250ms', '1.5 h', fromConfiguration];
export const text = '2s' satisfies DurationText;
// @ts-expect-error no such unit
export const parsecs = '2 parsecs' satisfies DurationText;
// @ts-expect-error neither a number nor text
export const flag: Duration = true;

export const anyName: PolicyName = fromConfiguration;

/** Conditional options under `exactOptionalPropertyTypes`: undefined counts as not given. */
export const options: ResilienceModuleOptions = {
  defaults: {
    timeout: fromConfiguration || undefined,
    retry: { maxRetries: 2, baseDelay: undefined, backoff: 'linear', jitter: 0.5, budget: false },
    circuitBreaker: { window: { calls: 100 }, failureRate: 0.5, recoveryTimeout: fromConfiguration },
  },
  policies: { payments: { retry: false, circuitBreaker: undefined } },
};

// @ts-expect-error an option that does not exist
ResilienceModule.forRoot({ defaults: { retry: { maxRetry: 2 } } });
// @ts-expect-error a kind of jitter that does not exist
ResilienceModule.forRoot({ defaults: { retry: { jitter: 'half' } } });
// @ts-expect-error a count is a number
ResilienceModule.forRoot({ defaults: { retry: { maxRetries: '3' } } });
// @ts-expect-error only false turns a strategy off
ResilienceModule.forRoot({ defaults: { circuitBreaker: true } });
