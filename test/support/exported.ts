import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import type { MetricReaderOptions, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import parse from 'parse-prometheus-text-format';

/** A reader that collects when a test asks for it. */
class ReaderByHand extends MetricReader {
  protected onForceFlush(): Promise<void> {
    return Promise.resolve();
  }

  protected onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

/** The metrics SDK of OpenTelemetry with one reader. */
export function metricsSdk(options: MetricReaderOptions = {}) {
  const reader = new ReaderByHand(options);
  const meterProvider = new MeterProvider({ readers: [reader] });
  const collect = async () => {
    const { resourceMetrics, errors } = await reader.collect();
    if (errors.length > 0) throw new AggregateError(errors, 'the collection failed');
    return resourceMetrics;
  };
  return { meterProvider, collect };
}

/** What was exported: values by the name of their series, such as `breakwater_calls_total{breakwater_name="p"}`. */
export type Exported = Record<string, number>;

/** Reads an exposition with a parser that is not ours. It drops the labels of histograms, so that it reads them as plain lines. */
export function readText(text: string): Exported {
  const plain = text.replace(/^# (HELP|TYPE) \S+_(seconds|duration|retry_delay)\b.*\n/gm, '');
  const values = parse(plain).flatMap(({ name, metrics }) =>
    metrics.map(({ labels = {}, value }) => [seriesName(name, labels), Number(value)]),
  );
  return Object.fromEntries(values) as Exported;
}

/** Reads what the SDK has collected through its own translation to Prometheus, which leaves units out of names. */
export function readCollected(collected: ResourceMetrics): Exported {
  const text = new PrometheusSerializer(undefined, false, undefined, true, true).serialize(collected);
  const isSeconds = /^(breakwater_call_(duration|retry_delay))/;
  return Object.fromEntries(
    Object.entries(readText(text.replace(/^# UNIT.*\n/gm, ''))).map(([name, value]) => [
      name.replace(isSeconds, '$1_seconds'),
      value,
    ]),
  );
}

/** Picks the series of one metric, by their labels without those of the same value everywhere. */
export function pick(exported: Exported, metric: string): Exported {
  return Object.fromEntries(
    Object.entries(exported)
      .filter(([name]) => name.startsWith(`${metric}{`))
      .map(([name, value]) => [name.slice(metric.length), value]),
  );
}

function seriesName(name: string, labels: Readonly<Record<string, string>>): string {
  const pairs = Object.keys(labels)
    .sort()
    .map((label) => `${label}=${JSON.stringify(labels[label])}`);
  return `${name}{${pairs.join(',')}}`;
}
