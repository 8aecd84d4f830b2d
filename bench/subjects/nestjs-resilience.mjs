import {
  CircuitBreakerStrategy,
  FixedBackoff,
  ResilienceModule,
  RetryStrategy,
  UseResilience,
} from 'nestjs-resilience';
import { newServiceClass } from '../fresh.mjs';
import { decorate, start } from '../nest.mjs';

/** Its decorator in a Nest application: the first strategy is the innermost. */
export async function startNestjsResilience(kind, { breaker, isRetried = true } = {}) {
  const retry = new RetryStrategy({ maxRetries: 4, backoff: FixedBackoff, maxDelay: 0 });
  const strategies = [new CircuitBreakerStrategy(breaker), ...(isRetried ? [retry] : [])];
  const Service = decorate(newServiceClass(kind), UseResilience(...strategies));
  const app = await start([ResilienceModule.forRoot({})], [Service]);
  return { app, service: app.get(Service) };
}
