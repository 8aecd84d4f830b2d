import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { Registry } from 'prom-client';
import { openTelemetry, resilienceMetricProducer } from '../../dist/esm/opentelemetry/index.js';
import { prometheus, prometheusText } from '../../dist/esm/prometheus/index.js';
import { newServiceClass } from '../fresh.mjs';
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

class ReaderByHand extends MetricReader {
  onForceFlush() {}
  onShutdown() {}
}

/** A call with spans and without, and what it takes to collect the figures of many families through each exporter. */
export default async function exporters() {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const nothing = { export: (_, done) => done({ code: 0 }), shutdown: () => Promise.resolve() };
  const tracerProvider = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(nothing)] });
  const cases = [];
  const add = async (name, telemetry) => {
    const Class = decorate(newServiceClass('echo'), Retryable(), CircuitBreaker());
    const app = await start([ResilienceModule.forRoot({ telemetry })], [Class]);
    const service = app.get(Class);
    cases.push({ name, run: () => service.call(1) });
  };
  const durations = { durations: true };
  await add('no exporter, durations', durations);
  await add('openTelemetry()', { exporters: [openTelemetry({ tracerProvider })] });
  await add('prometheus()', { exporters: [prometheus({ register: new Registry() })] });
  await add('openTelemetry({ spans: true })', {
    exporters: [openTelemetry({ tracerProvider, spans: true })],
  });
  const results = await measure(cases);
  return { results, collections: await collections() };
}

async function collections() {
  const reader = new ReaderByHand();
  const meterProvider = new MeterProvider({ readers: [reader] });
  const producer = resilienceMetricProducer();
  const register = new Registry();
  const app = await start(
    [
      ResilienceModule.forRoot({
        policies: { p: { retry: {}, circuitBreaker: {}, bulkhead: { maxConcurrent: 10 } } },
        telemetry: { exporters: [openTelemetry({ meterProvider }), prometheus({ register })] },
      }),
    ],
    [],
  );
  const service = app.get(ResilienceService);
  for (let name = 0; name < FAMILIES; name++) {
    for (const error of [undefined, new TypeError('x'), new TypeError('x')])
      await service
        .execute('p', () => (error ? Promise.reject(error) : Promise.resolve()), { name: `n${name}` })
        .catch(() => undefined);
  }
  const metrics = app.get(ResilienceMetrics);
  return {
    figures: await medianTime(() => metrics.collect()),
    text: await medianTime(() => prometheusText(metrics)),
    register: await medianTime(() => register.metrics()),
    producer: await medianTime(() => producer.collect()),
    meterProvider: await medianTime(() => reader.collect()),
    points: prometheusText(metrics)
      .split('\n')
      .filter((line) => line !== '' && !/^#|_bucket|_sum/.test(line)).length,
  };
}
