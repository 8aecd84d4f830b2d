import { checkLayer } from '../policy/layers.js';
import { Problems } from '../policy/problems.js';
import { accepted } from '../policy/rule.js';
import type { ResilienceExporter } from '../telemetry/exporter.js';
import { exportTo } from './registry-export.js';
import type { PrometheusRegistry } from './registry-export.js';

/** Options of {@link prometheus}. @public */
export interface PrometheusOptions {
  /** The registry of prom-client 15: `register` of `prom-client` is the one of `@willsoto/nestjs-prometheus`. */
  readonly register: PrometheusRegistry;
}

const METHODS = ['registerMetric', 'getSingleMetric', 'removeSingleMetric'] as const;
const EXPECTED = 'a registry of prom-client 15, such as { register } of prom-client';

const prometheusRules = { register: accepted<PrometheusRegistry>(EXPECTED, isRegistry) };

/**
 * Exports the figures to a registry of prom-client 15, beside the metrics of the application. They are read when the registry is
 * scraped; `resetMetrics()` does not reset them. Applications that share a registry are added up. The metrics are taken out of it
 * when the last of them closes.
 *
 * @throws ResilienceConfigurationError for anything but a registry
 * @example
 * ```ts
 * import { register } from 'prom-client';
 *
 * ResilienceModule.forRoot({ telemetry: { exporters: [prometheus({ register })] } });
 * ```
 * @public
 */
export function prometheus(options: PrometheusOptions): ResilienceExporter {
  const problems = new Problems();
  const { register } = checkLayer(prometheusRules, options, 'prometheus()', problems);
  if (register === undefined && problems.list.length === 0)
    problems.addMissing('prometheus().register', EXPECTED);
  problems.throwIfAny();
  return { start: (source) => exportTo(register as PrometheusRegistry, source) };
}

function isRegistry(value: unknown): boolean {
  const registry = value as Record<string, unknown> | null;
  return (
    typeof registry === 'object' &&
    registry !== null &&
    METHODS.every((method) => typeof registry[method] === 'function')
  );
}
