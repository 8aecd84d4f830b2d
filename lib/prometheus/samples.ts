import type { SeriesMap } from '../telemetry/metrics/application-sums.js';
import type { Labels, Metric } from '../telemetry/metrics/metric-table.js';

/** One line of an exposition. */
export interface Sample {
  /** Set where it is not the name of the metric: the parts of a histogram. */
  readonly metricName?: string;
  readonly labels: Labels;
  readonly value: number;
}

/** The types of Prometheus; the figures know no other. */
const TYPES = { counter: 'counter', 'up-down-counter': 'gauge', histogram: 'histogram' } as const;

/** The type of a metric in Prometheus. */
export function typeOf({ kind }: Metric): 'counter' | 'gauge' | 'histogram' {
  return TYPES[kind];
}

/**
 * The name of a metric by the translation of the OpenTelemetry specification ("Prometheus and OpenMetrics Compatibility"): dots become
 * underscores, the unit is written out, counters end in `_total`.
 */
export function nameOf({ name, unit, kind }: Metric): string {
  const withUnit = `${underscored(name)}${unit === 's' ? '_seconds' : ''}`;
  return kind === 'counter' ? `${withUnit}_total` : withUnit;
}

/** The lines of a metric, in the order of its series. */
export function samplesOf(metric: Metric, series: SeriesMap): Sample[] {
  return [...series.values()].flatMap(({ labels, cells }) => {
    const named = Object.fromEntries(
      Object.entries(labels).map(([name, value]) => [underscored(name), value]),
    );
    return metric.kind === 'histogram' ? parts(metric, named, cells) : [{ labels: named, value: cells[0] }];
  });
}

/** The lines of one histogram: buckets are cumulative in Prometheus. */
function parts(metric: Metric, labels: Labels, cells: readonly number[]): Sample[] {
  const name = nameOf(metric);
  let count = 0;
  const bounds = [...(metric.bounds ?? []).map(String), '+Inf'];
  const inBuckets = bounds.map((le, at) => {
    count += cells[at];
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: count };
  });
  return [
    ...inBuckets,
    { metricName: `${name}_sum`, labels, value: cells[bounds.length] },
    { metricName: `${name}_count`, labels, value: count },
  ];
}

function underscored(name: string): string {
  return name.replaceAll('.', '_');
}
