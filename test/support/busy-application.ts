import type { ResilienceModuleOptions } from 'nestjs-breakwater';
import { startApplication } from './application.js';

class Unreachable extends Error {}
class Refused extends Error {}

/** Options under which everything that is counted happens in {@link beBusy}. */
export const busyOptions: ResilienceModuleOptions = {
  policies: {
    payments: {
      retry: { maxRetries: 2, baseDelay: '30ms', jitter: 'none', abortOn: [Refused] },
      timeout: { attempt: '1s' },
    },
    orders: { circuitBreaker: { failureThreshold: 1 }, retry: false },
    stock: { bulkhead: { maxConcurrent: 2, maxQueue: 1 } },
    mail: { rateLimit: { limit: 1, interval: '1m' } },
  },
};

const down = () => Promise.reject(new Unreachable('down'));
const refuse = () => Promise.reject(new Refused('no'));
const fine = () => Promise.resolve('fine');
const forEver = () => new Promise(() => undefined);

/** Starts an application and lets every kind of thing happen in it; its calls of `stock` are still under way. */
export async function startBusy(telemetry: ResilienceModuleOptions['telemetry']) {
  const app = await startApplication({ ...busyOptions, ...(telemetry !== undefined && { telemetry }) });
  await beBusy(app);
  return app;
}

/** Makes the calls. */
export async function beBusy({ service, clock }: Awaited<ReturnType<typeof startApplication>>) {
  const outcomes: Promise<unknown>[] = [];
  const call = async (policy: string, method: () => Promise<unknown>) => {
    const outcome = service.execute(policy, method);
    outcomes.push(outcome);
    outcome.catch(() => undefined);
    await clock.advance(10);
  };
  let failures = 1;
  await call('payments', fine);
  await call('payments', down);
  await call('payments', refuse);
  await call('payments', forEver);
  await call('payments', () => (failures-- > 0 ? down() : fine()));
  await clock.advance(10_000);
  await call('orders', fine);
  await call('orders', down);
  await call('orders', fine);
  await call('mail', fine);
  await call('mail', fine);
  await Promise.allSettled(outcomes);
  for (let calls = 0; calls < 4; calls++) await call('stock', forEver);
}
