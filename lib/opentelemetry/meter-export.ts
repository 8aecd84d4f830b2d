import type { BatchObservableResult, Meter, Observable } from '@opentelemetry/api';
import { ApplicationSums } from '../telemetry/metrics/application-sums.js';
import type { Series, SeriesMap } from '../telemetry/metrics/application-sums.js';
import { metricTable } from '../telemetry/metrics/metric-table.js';
import type { Labels, Metric } from '../telemetry/metrics/metric-table.js';
import type { Api } from './load-api.js';

const numbers = metricTable.filter(({ kind }) => kind !== 'histogram');

/** The counters and gauges of one meter provider: asynchronous instruments, which are read when metrics are collected. */
export class MeterExport {
  /** The applications that export to this provider. */
  readonly sums = new ApplicationSums(numbers);
  private readonly instruments: ReadonlyMap<Metric, Observable>;
  /** The attributes that gauges have had, by metric. */
  private readonly observed = new Map<Metric, Map<string, Labels>>();

  constructor(meter: Meter, { ValueType }: Api) {
    this.instruments = new Map(numbers.map((metric) => [metric, instrumentOf(meter, metric, ValueType)]));
    meter.addBatchObservableCallback((result) => this.observe(result), [...this.instruments.values()]);
  }

  private observe(result: BatchObservableResult): void {
    const sums = this.sums.collect();
    for (const [metric, instrument] of this.instruments) {
      const series: SeriesMap = sums.get(metric) ?? new Map<string, Series>();
      for (const { labels, cells } of series.values()) result.observe(instrument, cells[0], labels);
      if (metric.kind === 'up-down-counter')
        for (const labels of this.gone(metric, series)) result.observe(instrument, 0, labels);
    }
  }

  /** The attributes that a gauge no longer has: an SDK would export its last value for ever. */
  private gone(metric: Metric, series: SeriesMap): Labels[] {
    const observed = this.observed.get(metric) ?? new Map<string, Labels>();
    this.observed.set(metric, observed);
    for (const [place, { labels }] of series) observed.set(place, labels);
    return [...observed].filter(([place]) => !series.has(place)).map(([, labels]) => labels);
  }
}

function instrumentOf(meter: Meter, metric: Metric, types: Api['ValueType']): Observable {
  const { name, unit, description } = metric;
  // counts are whole numbers; the limit of a retry budget is a share
  return metric.kind === 'counter'
    ? meter.createObservableCounter(name, { unit, description, valueType: types.INT })
    : meter.createObservableUpDownCounter(name, { unit, description, valueType: types.DOUBLE });
}
