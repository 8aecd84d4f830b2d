// Applications that export their figures, with both lines of the OpenTelemetry SDK.
import { packageJson, tsconfig } from '../compile.mjs';

const uses = [
  '@opentelemetry/api',
  '@opentelemetry/sdk-metrics',
  'prom-client',
  '@willsoto/nestjs-prometheus',
];

const types = `
import { register, Registry } from 'prom-client';
import { PeriodicExportingMetricReader, InMemoryMetricExporter, AggregationTemporality } from '@opentelemetry/sdk-metrics';
import { metrics, trace } from '@opentelemetry/api';
import { openTelemetry, resilienceMetricProducer } from 'nestjs-breakwater/opentelemetry';
import { prometheus } from 'nestjs-breakwater/prometheus';

export const reader = new PeriodicExportingMetricReader({
  exporter: new InMemoryMetricExporter(AggregationTemporality.DELTA),
  metricProducers: [resilienceMetricProducer({ temporality: 'delta' })],
});
export const exporters = [
  openTelemetry({
    meterProvider: metrics.getMeterProvider(),
    tracerProvider: trace.getTracerProvider(),
    spans: true,
    enrich: ({ name }) => ({ team: name }),
  }),
  prometheus({ register }),
  prometheus({ register: new Registry() }),
];
`;

export default ['nest-11', 'nest-12'].flatMap((yard) => [
  {
    name: `figures in the OpenTelemetry SDK and in prom-client, ${yard}`,
    yard,
    isQuick: true,
    uses,
    sources: { 'telemetry.mjs': 'telemetry.mjs' },
    files: { 'package.json': packageJson('module') },
    steps: [['node', 'telemetry.mjs']],
  },
  {
    name: `the types of these exporters, ${yard}`,
    yard,
    isQuick: true,
    uses: [...uses, 'typescript'],
    sources: {},
    files: {
      'package.json': packageJson('module'),
      'tsconfig.json': tsconfig({ skipLibCheck: true, noEmit: true, rootDir: '.' }, ['main.ts']),
      'main.ts': types,
    },
    steps: [['tsc', '-p', '.']],
  },
]);
