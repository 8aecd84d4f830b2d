import type { Series, SeriesMap } from '../telemetry/metrics/application-sums.js';
import type { Labels, Metric } from '../telemetry/metrics/metric-table.js';

/** One line of an exposition. */
export interface Sample {
  /** Set where it is not the name of the metric: the parts of a histogram. */
  readonly metricName?: string;
  readonly labels: Labels;
  /** Labels that several lines have; one object, so that they are written once. */
  readonly sharedLabels?: Labels;
  readonly value: number;
}

/** The types of Prometheus; the figures know no other. */
const TYPES = { counter: 'counter', 'up-down-counter': 'gauge', histogram: 'histogram' } as const;

const NO_LABELS: Labels = {};

/** The names of labels: those of the table. */
const labelNames = new Map<string, string>();

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
  const samples: Sample[] = [];
  const parts = metric.kind === 'histogram' ? partsOf(metric) : undefined;
  for (const one of series.values()) {
    const labels = labelsOf(one);
    if (parts) addParts(samples, labels, parts, one.cells);
    else samples.push({ labels, value: one.cells[0] });
  }
  return samples;
}

/** The same without shared labels, each line with all of its own. */
export function plainSamplesOf(metric: Metric, series: SeriesMap): Sample[] {
  return samplesOf(metric, series).map(({ labels, sharedLabels, ...sample }) => ({
    ...sample,
    labels: { ...sharedLabels, ...labels },
  }));
}

/** The names and labels of the lines of a histogram. */
interface Parts {
  readonly bucket: string;
  readonly bounds: readonly Labels[];
  readonly sum: string;
  readonly count: string;
}

function partsOf(metric: Metric): Parts {
  const name = nameOf(metric);
  const bounds = [...(metric.bounds ?? []).map(String), '+Inf'].map((le) => ({ le }));
  return { bucket: `${name}_bucket`, bounds, sum: `${name}_sum`, count: `${name}_count` };
}

/** Adds the lines of one histogram: buckets are cumulative in Prometheus. */
function addParts(samples: Sample[], sharedLabels: Labels, parts: Parts, cells: readonly number[]): void {
  const { bucket, bounds, sum, count } = parts;
  let value = 0;
  for (let at = 0; at < bounds.length; at++) {
    value += cells[at];
    samples.push({ metricName: bucket, labels: bounds[at], sharedLabels, value });
  }
  samples.push({ metricName: sum, labels: NO_LABELS, sharedLabels, value: cells[bounds.length] });
  samples.push({ metricName: count, labels: NO_LABELS, sharedLabels, value });
}

function labelsOf({ labels }: Series): Labels {
  const named: Record<string, string | number | boolean> = {};
  for (const name in labels) {
    const known = labelNames.get(name) ?? underscored(name);
    labelNames.set(name, known);
    named[known] = labels[name];
  }
  return named;
}

function underscored(name: string): string {
  return name.replaceAll('.', '_');
}
