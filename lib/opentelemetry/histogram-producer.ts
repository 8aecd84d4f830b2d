import type { Attributes, HrTime } from '@opentelemetry/api';
import { systemClock } from '../clock/system-clock.js';
import { ResilienceConfigurationError } from '../exceptions/resilience-configuration.error.js';
import type { Series, SeriesMap } from '../telemetry/metrics/application-sums.js';
import type { Metric } from '../telemetry/metrics/metric-table.js';
import { processExports, SCOPE } from './process-exports.js';

/** Options of {@link resilienceMetricProducer}. @public */
export interface ResilienceMetricProducerOptions {
  /**
   * `'delta'` tells what was counted since the reader asked last, for a backend that wants it so: that of the exporter. Default
   * `'cumulative'`.
   */
  readonly temporality?: 'cumulative' | 'delta' | undefined;
}

/** A histogram of one family, as `@opentelemetry/sdk-metrics` has it. @public */
export interface ProducedPoint {
  /** The beginning of the counting: of the process, or with delta of the last collection. */
  readonly startTime: HrTime;
  /** The moment of the collection. */
  readonly endTime: HrTime;
  /** Those of the table of metrics, and those of `enrich`. */
  readonly attributes: Attributes;
  /** Counts per bucket, which are not cumulative; in seconds. */
  readonly value: {
    readonly buckets: { boundaries: number[]; counts: number[] };
    readonly sum: number;
    readonly count: number;
  };
}

/** The histograms of one metric, as `@opentelemetry/sdk-metrics` has them. @public */
export interface ProducedMetric {
  /** The descriptor; `valueType` is `DOUBLE`. */
  readonly descriptor: { name: string; description: string; unit: string; valueType: 1 };
  /** `AggregationTemporality`: delta or cumulative. */
  readonly aggregationTemporality: 0 | 1;
  /** `DataPointType.HISTOGRAM`. */
  readonly dataPointType: 0;
  /** One for each set of attributes. */
  readonly dataPoints: ProducedPoint[];
}

/**
 * A producer of metrics for the readers of `@opentelemetry/sdk-metrics` 2 and 3: a structural type of its `MetricProducer`.
 * @public
 */
export interface ResilienceMetricProducer {
  /** Called by the reader whenever it collects. */
  collect(): Promise<{
    // the reader puts its own resource in the place of this one
    resourceMetrics: {
      resource: never;
      scopeMetrics: { scope: { name: string; version: string }; metrics: ProducedMetric[] }[];
    };
    errors: unknown[];
  }>;
}

const DELTA = 0;
const CUMULATIVE = 1;

/**
 * Makes a producer of the histograms `breakwater.call.duration` and `breakwater.call.retry_delay`, for the `metricProducers` of one
 * reader. OpenTelemetry has no asynchronous histogram, and recording each call would cost more than the call. It may be made before
 * any application: it adds up all that have `openTelemetry()`, and keeps what a closed one has counted.
 *
 * @throws ResilienceConfigurationError for another temporality
 * @example
 * ```ts
 * import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
 * import { MeterProvider } from '@opentelemetry/sdk-metrics';
 *
 * const reader = new PrometheusExporter({ metricProducers: [resilienceMetricProducer()] });
 * const meterProvider = new MeterProvider({ readers: [reader] });
 * ```
 * @public
 */
export function resilienceMetricProducer(
  options: ResilienceMetricProducerOptions = {},
): ResilienceMetricProducer {
  const temporality = options.temporality ?? 'cumulative';
  if (temporality !== 'cumulative' && temporality !== 'delta') {
    const path = 'resilienceMetricProducer().temporality';
    throw new ResilienceConfigurationError([{ path, expected: "'cumulative' or 'delta'", got: temporality }]);
  }
  return new HistogramProducer(temporality === 'delta');
}

class HistogramProducer implements ResilienceMetricProducer {
  private since = processExports.startedAt;
  private before = new Map<Metric, SeriesMap>();

  constructor(private readonly isDelta: boolean) {}

  collect(): ReturnType<ResilienceMetricProducer['collect']> {
    const sums = processExports.histograms.collect();
    const now = systemClock.wallNow();
    const span = { startTime: hrTime(this.since), endTime: hrTime(now) };
    const metrics = [...sums].map(([metric, series]) => this.produced(metric, series, span));
    if (this.isDelta) {
      this.before = sums;
      this.since = now;
    }
    const scope = { scope: SCOPE, metrics: metrics.filter(({ dataPoints }) => dataPoints.length > 0) };
    const scopeMetrics = scope.metrics.length > 0 ? [scope] : [];
    return Promise.resolve({ resourceMetrics: { resource: undefined as never, scopeMetrics }, errors: [] });
  }

  private produced(
    metric: Metric,
    series: SeriesMap,
    span: Pick<ProducedPoint, 'startTime' | 'endTime'>,
  ): ProducedMetric {
    const { name, description, unit, bounds = [] } = metric;
    const before = this.before.get(metric);
    const points = [...series].map(([place, { labels, cells }]) => ({
      ...span,
      attributes: { ...labels },
      value: valueOf(bounds, cellsSince(cells, before?.get(place))),
    }));
    return {
      descriptor: { name, description, unit, valueType: 1 },
      aggregationTemporality: this.isDelta ? DELTA : CUMULATIVE,
      dataPointType: 0,
      dataPoints: points.filter(({ value }) => value.count > 0),
    };
  }
}

function cellsSince(cells: readonly number[], before: Series | undefined): number[] {
  return cells.map((cell, at) => cell - (before?.cells[at] ?? 0));
}

function valueOf(bounds: readonly number[], cells: readonly number[]): ProducedPoint['value'] {
  const counts = cells.slice(0, -1);
  return {
    buckets: { boundaries: [...bounds], counts },
    sum: cells[cells.length - 1],
    count: counts.reduce((all, count) => all + count, 0),
  };
}

/** Epoch milliseconds as seconds and nanoseconds. */
function hrTime(ms: number): HrTime {
  return [Math.trunc(ms / 1000), Math.round((ms % 1000) * 1e6)];
}
