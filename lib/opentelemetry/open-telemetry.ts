import type { Attributes, MeterProvider, TracerProvider } from '@opentelemetry/api';
import { checkLayer, mergeLayers } from '../policy/layers.js';
import { Problems } from '../policy/problems.js';
import type { ResolvedOf } from '../policy/rule.js';
import { callback, flag, having } from '../policy/rules.js';
import type { ResilienceExporter, TelemetrySource } from '../telemetry/exporter.js';
import { ApplicationFigures } from '../telemetry/metrics/application-sums.js';
import type { Labels } from '../telemetry/metrics/metric-table.js';
import { CallSpans } from './call-spans.js';
import { withApi } from './load-api.js';
import type { Api } from './load-api.js';
import { MeterExport } from './meter-export.js';
import { processExports, SCOPE } from './process-exports.js';
import { writeSpanEvents } from './span-events.js';

/** A family of calls, as `enrich` sees it. @public */
export interface EnrichedFamily {
  /** Its name: a policy, `Class.method`, the name given to `execute`, a client. */
  readonly name: string;
  /** Name of the policy, where one is used. */
  readonly policy?: string;
}

/** Options of {@link openTelemetry}. @public */
export interface OpenTelemetryOptions {
  /** The provider of the instruments. Default: the global one, which has to be set before the application starts. */
  readonly meterProvider?: MeterProvider | undefined;
  /** The provider of spans. Default: the global one. */
  readonly tracerProvider?: TracerProvider | undefined;
  /** True for a span of each call and each attempt, which costs a few microseconds. Default false: events on the active span. */
  readonly spans?: boolean | undefined;
  /**
   * Further attributes of the metrics of a family; asked for once per family. They cannot replace the library's own; each value that
   * differs makes a series more.
   */
  readonly enrich?: ((family: EnrichedFamily) => Attributes) | undefined;
}

const openTelemetryRules = {
  meterProvider: having<MeterProvider>('getMeter', 'a MeterProvider'),
  tracerProvider: having<TracerProvider>('getTracer', 'a TracerProvider'),
  spans: flag({ fallback: false }),
  enrich: callback<(family: EnrichedFamily) => Attributes>(),
};

/**
 * Exports the figures to OpenTelemetry, and tells spans of retries, refusals and time limits. Nothing is recorded while a call runs:
 * counters and gauges are asynchronous instruments, which are read when metrics are collected. Histograms come from
 * {@link resilienceMetricProducer}. Applications that export to one meter provider are added up.
 *
 * By default the active span of the caller has the events `breakwater.retry`, `.suppressed`, `.rejected`, `.timeout`, `.hedge` and
 * `.fallback`. With `spans: true` each call and each attempt is a span of its own, too. A failed one has the status ERROR,
 * `error.type` and, over HTTP, `http.response.status_code`; errors that a retry has mended are told by the attempts only.
 *
 * @throws ResilienceConfigurationError for options that are wrong
 * @example
 * ```ts
 * ResilienceModule.forRoot({ telemetry: { exporters: [openTelemetry({ spans: true })] } });
 * ```
 * @public
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): ResilienceExporter {
  const problems = new Problems();
  const layer = checkLayer(openTelemetryRules, options, 'openTelemetry()', problems);
  problems.throwIfAny();
  const resolved = mergeLayers(openTelemetryRules, [layer]);
  return { start: (source) => startExport(resolved, source) };
}

type Resolved = ResolvedOf<typeof openTelemetryRules>;

function startExport(options: Resolved, source: TelemetrySource): () => void {
  const { app, events } = source;
  const figures = new ApplicationFigures(source.collect, enrichWith(options, source));
  const ends: (() => void)[] = [];
  let isOver = false;
  const begin = (api: Api) => {
    if (isOver) return;
    // providers of the user may throw: they are asked before anything is begun
    const { sums } = meterExport(api, options);
    const spans = options.spans ? new CallSpans(api, tracerOf(api, options)) : undefined;
    ends.push(sums.add(app, figures), writeSpanEvents(api, events));
    if (spans) ends.push(source.observe(spans));
  };
  withApi(begin, (error) => events.report('The start of openTelemetry()', error));
  ends.push(processExports.histograms.add(app, figures));
  return () => {
    isOver = true;
    for (const end of ends) end();
  };
}

/** The instruments of a meter provider, which are made once. */
function meterExport(api: Api, options: Resolved): MeterExport {
  const provider = options.meterProvider ?? api.metrics.getMeterProvider();
  const known = processExports.meters.get(provider);
  if (known) return known;
  const made = new MeterExport(provider.getMeter(SCOPE.name, SCOPE.version), api);
  processExports.meters.set(provider, made);
  return made;
}

function tracerOf(api: Api, options: Resolved) {
  return (options.tracerProvider ?? api.trace.getTracerProvider()).getTracer(SCOPE.name, SCOPE.version);
}

/** Asks the user's hook for attributes; one that throws adds none, and what is no attribute is left out. */
function enrichWith({ enrich }: Resolved, { events }: TelemetrySource) {
  return (family: EnrichedFamily): Labels => {
    let more: [string, unknown][] = [];
    events.guard('enrich of openTelemetry()', () => {
      more = Object.entries({ ...enrich?.(family) });
    });
    return Object.fromEntries(more.filter(([, value]) => isAttribute(value))) as Labels;
  };
}

const VALUES: readonly string[] = ['string', 'number', 'boolean'];

/** An object or a `bigint` would break each collection of the metrics, of all families. */
function isAttribute(value: unknown): boolean {
  return Array.isArray(value)
    ? value.every((one) => VALUES.includes(typeof one))
    : VALUES.includes(typeof value);
}
