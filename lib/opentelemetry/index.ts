export { resilienceMetricProducer } from './histogram-producer.js';
export type {
  ProducedMetric,
  ProducedPoint,
  ResilienceMetricProducer,
  ResilienceMetricProducerOptions,
} from './histogram-producer.js';
export { openTelemetry } from './open-telemetry.js';
export type { EnrichedFamily, OpenTelemetryOptions } from './open-telemetry.js';
