import { sharedByCopies } from '../nest/package-copy.js';
import { ApplicationFigures, ApplicationSums } from '../telemetry/metrics/application-sums.js';
import type { Series, SeriesMap } from '../telemetry/metrics/application-sums.js';
import type { TelemetrySource } from '../telemetry/exporter.js';
import { metricTable } from '../telemetry/metrics/metric-table.js';
import type { Metric } from '../telemetry/metrics/metric-table.js';
import { nameOf, plainSamplesOf, samplesOf, typeOf } from './samples.js';
import type { Sample } from './samples.js';

/**
 * The part of a registry of prom-client 15 that is used. A structural type: the package needs no prom-client.
 *
 * @public
 */
export interface PrometheusRegistry {
  /** Adds a metric; throws for the name of another one. */
  registerMetric(metric: never): unknown;
  /** The metric of a name, if there is one. */
  getSingleMetric(name: string): unknown;
  /** Takes a metric away. */
  removeSingleMetric(name: string): unknown;
}

/** A metric as prom-client 15 expects one. */
interface RegisteredMetric {
  /** A registry for OpenMetrics takes `_total` away, and puts it behind the name in each line. */
  name: string;
  readonly help: string;
  readonly type: string;
  /** The way in which prom-client adds the workers of a cluster up. */
  readonly aggregator: 'sum';
  /** The form for JSON and for the workers of a cluster. */
  get(): Promise<ReadMetric>;
  /** The form for text. */
  getForPromString(): Promise<ReadMetric>;
  /** Does nothing: `resetMetrics()` cannot take back what has happened. */
  reset(): void;
}

type ReadMetric = Pick<RegisteredMetric, 'name' | 'help' | 'type' | 'aggregator'> & {
  readonly values: readonly Sample[];
};

/** Registers the metrics of all applications that export to one registry, from the first one to the end of the last one. */
class RegistryExport {
  private readonly sums = new ApplicationSums(metricTable);
  private readonly registered: readonly (readonly [name: string, RegisteredMetric])[];
  /** The sums of the scrape under way: it asks for each metric in the same turn. */
  private scrape: Map<Metric, SeriesMap> | undefined;

  constructor(private readonly registry: PrometheusRegistry) {
    this.registered = metricTable.map((metric) => [nameOf(metric), this.registeredMetric(metric)]);
  }

  get isIdle(): boolean {
    return this.sums.isIdle;
  }

  /** Adds an application; returns the function to call when it closes. */
  add({ app, collect }: TelemetrySource): () => void {
    // again for each: `registry.clear()` may have taken the metrics away
    this.register();
    const remove = this.sums.add(app, new ApplicationFigures(collect));
    return () => {
      remove();
      if (this.isIdle) this.unregister();
    };
  }

  private register(): void {
    try {
      for (const [name, metric] of this.registered) {
        if (this.registry.getSingleMetric(name) === metric) continue;
        metric.name = name;
        this.registry.registerMetric(metric as never);
      }
    } catch (error) {
      // the name belongs to a metric of the application: all or none
      if (this.isIdle) this.unregister();
      throw error;
    }
  }

  private unregister(): void {
    for (const [name, metric] of this.registered)
      if (this.registry.getSingleMetric(name) === metric) this.registry.removeSingleMetric(name);
  }

  private registeredMetric(metric: Metric): RegisteredMetric {
    const series = () => this.read().get(metric) ?? new Map<string, Series>();
    const head = { help: metric.description, type: typeOf(metric), aggregator: 'sum' } as const;
    return {
      ...head,
      name: nameOf(metric),
      get() {
        return Promise.resolve({ ...head, name: this.name, values: plainSamplesOf(metric, series()) });
      },
      getForPromString() {
        return Promise.resolve({ ...head, name: this.name, values: samplesOf(metric, series()) });
      },
      reset: () => undefined,
    };
  }

  private read(): Map<Metric, SeriesMap> {
    if (this.scrape) return this.scrape;
    const sums = this.sums.collect();
    this.scrape = sums;
    queueMicrotask(() => (this.scrape = undefined));
    return sums;
  }
}

const registries = sharedByCopies('prometheus', () => new WeakMap<PrometheusRegistry, RegistryExport>());

/**
 * Exports an application to a registry, beside others.
 *
 * @returns the function to call when the application closes
 */
export function exportTo(registry: PrometheusRegistry, source: TelemetrySource): () => void {
  const known = registries.get(registry);
  // a registry that all applications have left begins anew
  const registryExport = known && !known.isIdle ? known : new RegistryExport(registry);
  const remove = registryExport.add(source);
  registries.set(registry, registryExport);
  return remove;
}
