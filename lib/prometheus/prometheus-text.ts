import { ApplicationFigures, ApplicationSums } from '../telemetry/metrics/application-sums.js';
import { metricTable } from '../telemetry/metrics/metric-table.js';
import type { Labels, Metric } from '../telemetry/metrics/metric-table.js';
import type { ResilienceMetrics } from '../telemetry/resilience-metrics.js';
import { nameOf, samplesOf, typeOf } from './samples.js';
import type { Sample } from './samples.js';

/**
 * The figures of an application in the text format of Prometheus (`text/plain; version=0.0.4`), for an endpoint of your own. Metrics
 * that nothing has been counted for are left out; keys are never shown.
 *
 * @param metrics - injected: it needs no exporter. Durations are kept where one is running, or with `telemetry.durations`
 * @returns lines, each with a line break at its end; empty if there is nothing to tell
 * @example
 * ```ts
 * @Controller('metrics')
 * class MetricsController {
 *   constructor(private readonly metrics: ResilienceMetrics) {}
 *
 *   @Get()
 *   @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
 *   scrape() {
 *     return prometheusText(this.metrics);
 *   }
 * }
 * ```
 * @public
 */
export function prometheusText(metrics: ResilienceMetrics): string {
  const sums = new ApplicationSums(metricTable);
  sums.add(metrics, new ApplicationFigures(() => metrics.collect()));
  return [...sums.collect()].map(([metric, series]) => textOf(metric, samplesOf(metric, series))).join('');
}

function textOf(metric: Metric, samples: readonly Sample[]): string {
  if (samples.length === 0) return '';
  const name = nameOf(metric);
  const head = `# HELP ${name} ${escaped(metric.description)}\n# TYPE ${name} ${typeOf(metric)}\n`;
  const shared = new Map<Labels, string>();
  let text = head;
  for (const sample of samples) text += lineOf(name, sample, shared);
  return text;
}

function lineOf(name: string, sample: Sample, shared: Map<Labels, string>): string {
  const { metricName = name, labels, sharedLabels, value } = sample;
  let pairs = sharedLabels ? (shared.get(sharedLabels) ?? pairsOf(sharedLabels)) : '';
  if (sharedLabels) shared.set(sharedLabels, pairs);
  pairs += pairsOf(labels);
  return `${metricName}{${pairs.slice(0, -1)}} ${numberText(value)}\n`;
}

/** Labels as text, each with a comma behind it. */
function pairsOf(labels: Labels): string {
  let pairs = '';
  for (const label in labels) pairs += `${label}="${quoted(String(labels[label]))}",`;
  return pairs;
}

function numberText(value: number): string {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}

const SPECIAL = /[\\\n"]/;

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function quoted(text: string): string {
  if (!SPECIAL.test(text)) return text;
  return escaped(text).replaceAll('"', '\\"');
}
