import { tracingChannel } from 'node:diagnostics_channel';
import { newService, newServiceClass } from '../fresh.mjs';
import { measure } from '../measure.mjs';
import { medianTime } from '../median-time.mjs';
import { decorate, start } from '../nest.mjs';
import {
  CircuitBreaker,
  ResilienceMetrics,
  ResilienceModule,
  ResilienceService,
  Retryable,
} from '../subjects/library.mjs';

const FAMILIES = 200;
const KEYS = 1000;

/** The same protected method in applications that count differently; then what a collection costs. */
export default async function telemetry() {
  const bare = newService('echo');
  const cases = [{ name: 'bare call', run: () => bare.call(1) }];
  const add = async (name, options) => {
    const Class = decorate(newServiceClass('echo'), Retryable(), CircuitBreaker());
    const app = await start([ResilienceModule.forRoot(options)], [Class]);
    const service = app.get(Class);
    cases.push({ name, run: () => service.call(1) });
  };
  await add('telemetry: false', { telemetry: false });
  await add('counting', {});
  await add('… and durations', { telemetry: { durations: true } });
  await add('… and an observer of calls and attempts', { telemetry: { exporters: [observing] } });
  const results = await measure(cases);
  return {
    results,
    families: await collection(filled),
    keys: await collection(keyed),
    traced: await traced(),
  };
}

const observing = {
  start: ({ observe }) => observe({ runCall: (_, run) => run(), runAttempt: (_, run) => run() }),
};

/** The same call while a subscriber listens to the channels, which are those of the whole process. */
async function traced() {
  const channels = ['breakwater.call', 'breakwater.attempt'].map((name) => tracingChannel(name));
  const Class = decorate(newServiceClass('echo'), Retryable(), CircuitBreaker());
  const app = await start([ResilienceModule.forRoot()], [Class]);
  const service = app.get(Class);
  for (const { start: begin } of channels) begin.subscribe(() => undefined);
  return measure([{ name: '… and a subscriber of the channels', run: () => service.call(1) }]);
}

const policies = { p: { retry: {}, circuitBreaker: {}, bulkhead: { maxConcurrent: 10 } } };

async function filled(service) {
  for (let name = 0; name < FAMILIES; name++)
    for (let call = 0; call < 3; call++)
      await service
        .execute('p', () => Promise.reject(new TypeError('x')), { name: `n${name}` })
        .catch(() => 0);
}

async function keyed(service) {
  for (let key = 0; key < KEYS; key++)
    await service.execute('p', () => Promise.resolve(), { key: `k${key}` });
}

/** Milliseconds that it takes to read all figures. */
async function collection(fill) {
  const app = await start([ResilienceModule.forRoot({ policies, telemetry: { durations: true } })], []);
  await fill(app.get(ResilienceService));
  const metrics = app.get(ResilienceMetrics);
  return medianTime(() => metrics.collect());
}
