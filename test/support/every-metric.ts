import { ResilienceMetrics, ResilientHttpService } from 'nestjs-breakwater';
import type { PolicyOptions } from 'nestjs-breakwater';
import { chaos } from 'nestjs-breakwater/chaos';
import { prometheusText } from 'nestjs-breakwater/prometheus';
import { startApplication } from './application.js';
import type { TestApplication } from './application.js';
import { readExposition } from './exposition.js';
import type { Exposition } from './exposition.js';

const once = { retry: { maxRetries: 1, jitter: 'none', baseDelay: 100 } } as const;
const fail = (more: object = {}) => {
  throw Object.assign(new Error('down'), { status: 503 }, more);
};
const never = () => new Promise<never>(() => undefined);

/** Everything that can happen to calls, retries and circuits, once each. */
const POLICIES = {
  retries: once,
  budget: { retry: { maxRetries: 2, budget: { ratio: 0, minPerSecond: 0 } } },
  deadline: { retry: { maxElapsed: '1s', baseDelay: '5s', jitter: 'none' } },
  inRow: { circuitBreaker: { failureThreshold: 1, recoveryTimeout: '1s' } },
  rate: { circuitBreaker: { failureRate: 0.5, minimumCalls: 2, recoveryTimeout: '1s' } },
  forced: { circuitBreaker: {} },
  disabled: { circuitBreaker: {} },
  timeout: { timeout: { attempt: '1s' } },
  total: { timeout: { total: '1s' } },
  bulkhead: { bulkhead: { maxConcurrent: 1, maxQueue: 1 } },
  rateLimit: { rateLimit: { limit: 1, interval: '1h' } },
  fallback: { fallback: () => 'instead' },
  hedge: { hedge: { delay: '100ms' } },
  cache: { cache: { ttl: '1s', staleWhileRevalidate: '1h', key: () => 'one' } },
  chaos: { chaos: { faults: [{ kind: 'error', error: 503 }] } },
} satisfies Record<string, PolicyOptions>;

type Name = keyof typeof POLICIES;

/** Calls a policy in virtual time, and lets the pauses of its retries pass. */
async function call(app: TestApplication, name: Name, body: () => unknown = fail, signal?: AbortSignal) {
  const settled = app.service.execute(name, body, { ...(signal && { signal }) }).catch(() => undefined);
  await app.clock.advance(1_500);
  await settled;
}

/** Makes calls with every outcome; may be called again. */
export async function callEverything(app: TestApplication): Promise<void> {
  await call(app, 'retries', () => 'fine');
  await call(app, 'retries');
  await call(app, 'retries', () => fail({ headers: { 'retry-after': '1' } }));
  let failures = 1;
  await call(app, 'retries', () => (failures-- > 0 ? fail() : 'fine'));
  await call(app, 'budget');
  await call(app, 'deadline');
  await call(app, 'timeout', never);
  await call(app, 'total', never);
  await call(app, 'fallback');
  await call(app, 'rateLimit', () => 'fine');
  await call(app, 'rateLimit', () => 'fine');
  await askTheCache(app);
  await call(app, 'chaos', () => 'fine');
  await call(app, 'retries', never, AbortSignal.abort());
}

/** Calls that share a run, that find a stale answer, and a fresh one. */
async function askTheCache(app: TestApplication): Promise<void> {
  void app.service.execute(
    'cache',
    () => new Promise((resolve) => app.clock.setTimeout(() => resolve('fine'), 100)),
  );
  for (let left = 2; left > 0; left--) await call(app, 'cache', () => 'fine');
  await app.service.execute('cache', () => 'fine');
}

async function openCircuits(app: TestApplication): Promise<void> {
  for (const name of ['inRow', 'inRow', 'rate', 'rate'] as const) await call(app, name);
  await call(app, 'inRow', () => 'fine');
  await app.clock.advance(2_000);
  await call(app, 'inRow', () => 'fine');
  await call(app, 'inRow');
  void app.service.execute('inRow', () => 'fine').catch(() => undefined);
  for (const name of ['forced', 'disabled'] as const) await call(app, name, () => 'fine');
  app.circuits.get('forced')?.forceOpen();
  app.circuits.get('disabled')?.disable();
}

/** Leaves calls under way: one runs, one waits, one is refused; and one with a hedge. */
async function fillUp(app: TestApplication): Promise<void> {
  for (let left = 3; left > 0; left--) app.service.execute('bulkhead', never).catch(() => undefined);
  const hedged = app.service.execute(
    'hedge',
    () => new Promise((resolve) => app.clock.setTimeout(() => resolve(undefined), 500)),
  );
  await app.clock.advance(1_000);
  await hedged;
}

/** Starts an application in which everything happens that is counted; it is closed by the caller. */
export async function startEverything(): Promise<TestApplication> {
  const app = await startApplication({
    telemetry: { durations: true },
    chaos: chaos({ enabled: true }),
    policies: POLICIES,
    http: {
      endpoints: ['http://127.0.0.1:9', 'http://127.0.0.1:10'],
      retry: false,
      circuitBreaker: { failureThreshold: 1 },
    },
  });
  const http = app.module.get(ResilientHttpService);
  for (let left = 2; left > 0; left--) await http.get('/').catch(() => undefined);
  await callEverything(app);
  await openCircuits(app);
  await fillUp(app);
  return app;
}

/** The metrics that an application exports in which everything happens. */
export async function exportedMetrics(): Promise<Exposition> {
  const app = await startEverything();
  const exposition = readExposition(prometheusText(app.module.get(ResilienceMetrics)));
  await app.module.close();
  return exposition;
}
