// An application that exports to the OpenTelemetry SDK and to prom-client: both are scraped and compared with the figures.
// The SDK is set up before the library makes an application, as the documentation of OpenTelemetry has it.
import { strict as assert } from 'node:assert';
import { createServer } from 'node:http';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { openTelemetry, resilienceMetricProducer } from 'nestjs-breakwater/opentelemetry';

const reader = new PrometheusExporter({
  preventServerStart: true,
  withoutScopeInfo: true,
  withoutTargetInfo: true,
  metricProducers: [resilienceMetricProducer()],
});
const spans = [];
const processor = {
  onStart: () => undefined,
  onEnd: (span) => spans.push(span),
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
};
const sdk = new NodeSDK({
  autoDetectResources: false,
  instrumentations: [],
  metricReaders: [reader],
  spanProcessors: [processor],
});
sdk.start();

await import('reflect-metadata');
const { Module } = await import('@nestjs/common');
const { NestFactory } = await import('@nestjs/core');
const { PrometheusModule } = await import('@willsoto/nestjs-prometheus');
const { register } = await import('prom-client');
const { ResilienceMetrics, ResilienceModule, ResilienceService } = await import('nestjs-breakwater');
const { prometheus, prometheusText } = await import('nestjs-breakwater/prometheus');

async function startApplication() {
  class AppModule {}
  Module({
    imports: [
      PrometheusModule.register({ path: '/metrics', defaultMetrics: { enabled: false } }),
      ResilienceModule.forRoot({
        policies: {
          payments: { retry: { maxRetries: 1, baseDelay: 1, jitter: 'none' }, circuitBreaker: {} },
          orders: { circuitBreaker: { failureThreshold: 1 } },
        },
        telemetry: { exporters: [openTelemetry({ spans: true }), prometheus({ register })] },
      }),
    ],
  })(AppModule);
  const app = await NestFactory.create(AppModule, { logger: false });
  await app.listen(0, '127.0.0.1');
  return app;
}

async function call(app) {
  const resilience = app.get(ResilienceService);
  let failures = 1;
  const mended = () => (failures-- > 0 ? Promise.reject(new Error('x')) : Promise.resolve('fine'));
  await resilience.execute('payments', mended);
  await assert.rejects(resilience.execute('orders', () => Promise.reject(new Error('down'))));
  await assert.rejects(resilience.execute('orders', () => Promise.resolve('fine')));
}

/** The series of the library in an exposition, with sorted labels; the reader leaves the unit out of its names. */
function read(text) {
  const lines = text.split('\n').filter((line) => line.startsWith('breakwater_'));
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, labels, value] = /^(\w+)\{(.*)\} (\S+)$/.exec(line);
      const unit = /^breakwater_call_(duration|retry_delay)(?!_seconds)/;
      const pairs = labels.split(/,(?=\w+=")/).sort();
      return [`${name.replace(unit, '$&_seconds')}{${pairs.join(',')}}`, Number(value)];
    }),
  );
}

/** Asks the reader as a scraper does. */
async function scrapeSdk() {
  const server = createServer((request, response) => reader.getMetricsRequestHandler(request, response));
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const text = await (await fetch(`http://127.0.0.1:${server.address().port}/metrics`)).text();
  server.close();
  server.closeAllConnections();
  return read(text);
}

const app = await startApplication();
await call(app);

const scraped = read(await (await fetch(`${await app.getUrl()}/metrics`)).text());
const written = read(prometheusText(app.get(ResilienceMetrics)));
const collected = await scrapeSdk();
assert.deepEqual(scraped, written);
assert.deepEqual(collected, written);

const failed =
  'breakwater_name="orders",breakwater_outcome="failure",breakwater_retried="false",error_type="Error"';
assert.equal(written[`breakwater_calls_total{${failed}}`], 1);
assert.equal(
  written['breakwater_circuit_count{breakwater_circuit_state="open",breakwater_name="orders"}'],
  1,
);
assert.equal(
  written['breakwater_rejections_total{breakwater_name="orders",breakwater_strategy="circuit"}'],
  1,
);
const durations = 'breakwater_name="payments",breakwater_outcome="success"';
assert.equal(written[`breakwater_call_duration_seconds_count{${durations}}`], 1);

assert.deepEqual(spans.map(({ name }) => name).sort(), [
  'orders',
  'orders',
  'orders attempt',
  'payments',
  'payments attempt',
  'payments attempt',
]);
const payments = spans.find(({ name }) => name === 'payments');
assert.equal(payments.status.code, 0);
for (const attempt of spans.filter(({ name }) => name === 'payments attempt'))
  assert.equal(attempt.parentSpanContext.spanId, payments.spanContext().spanId);

await app.close();
const after = await scrapeSdk();
for (const [series, value] of Object.entries(written))
  if (/_(total|count|sum|bucket)\{/.test(series))
    assert.ok(after[series] >= value || /circuit_count/.test(series), series);
assert.equal(after['breakwater_circuit_count{breakwater_circuit_state="open",breakwater_name="orders"}'], 0);
await sdk.shutdown();
