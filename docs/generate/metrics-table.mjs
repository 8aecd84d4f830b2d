import { table } from '../../simulate/markdown.mjs';

const HEAD = ['OpenTelemetry', 'Prometheus', 'kind', 'unit', 'attributes', 'meaning'];
const KINDS = { counter: 'counter', 'up-down-counter': 'gauge', histogram: 'histogram' };

const count = 1;
const server = { address: 'api.example.com', port: 443 };
const histogram = { bounds: [], counts: [1], sum: 1 };
const counted = (label, values) => values.map((value) => ({ [label]: value, count }));

/** A family that has seen everything that is counted: its points tell the attributes of each metric, and their values. */
export const everyPoint = {
  name: 'payments',
  calls: [
    ...['success', 'rejected', 'aborted', 'fallback'].map((outcome) => ({ outcome, retried: false, count })),
    { outcome: 'failure', retried: true, errorType: 'ECONNRESET', count },
  ],
  attempts: ['first', 'retry', 'hedge', 'failover'].flatMap((kind) =>
    ['success', 'failure', 'timeout', 'aborted'].map((outcome) => ({ kind, outcome, count })),
  ),
  suppressions: counted('reason', [
    ...['budget', 'deadline', 'not-retryable', 'retry-after-too-long', 'not-replayable', 'aborted'],
    ...['before-retry', 'shutdown'],
  ]),
  rejections: ['circuit', 'bulkhead', 'rateLimit'].map((strategy) => ({ strategy, server, count })),
  timeouts: counted('scope', ['attempt', 'total']),
  circuits: ['closed', 'open', 'half-open', 'forced-open', 'disabled'].map((state) => ({
    state,
    server,
    count,
  })),
  transitions: [
    ...['consecutive', 'failure-rate', 'slow-rate', 'trial', 'manual'].map((cause) => ({
      to: 'open',
      cause,
      count,
    })),
    { to: 'half-open', cause: 'trial', count },
    ...['closed', 'forced-open', 'disabled'].map((to) => ({ to, cause: 'manual', count })),
  ],
  injections: counted('kind', ['error', 'latency', 'result', 'hang']),
  inFlight: 1,
  bulkhead: { running: 1, queued: 1, limit: 1 },
  budget: { used: 1, limit: 1 },
  cache: { hit: 1, stale: 1, miss: 1, coalesced: 1 },
  durations: ['success', 'failure', 'fallback', 'rejected', 'aborted'].map((outcome) => ({
    outcome,
    ...histogram,
  })),
  retryDelays: ['backoff', 'retry-after'].map((source) => ({ source, ...histogram })),
};

/** Attributes whose values come from outside of the library. */
const OPEN = ['error.type', 'server.address', 'server.port'];

/** The values of each attribute of a metric, in the order in which they occur. */
export function attributesOf(metric) {
  const values = {};
  for (const { labels } of metric.read(everyPoint))
    for (const [name, value] of Object.entries(labels)) (values[name] ??= new Set()).add(String(value));
  return values;
}

/**
 * The table of all metrics in docs/observability.md.
 *
 * @param nameOf - gives a metric's name in Prometheus
 */
export function metricsTable(metrics, nameOf) {
  const rows = metrics.map((metric) => [
    ...[`\`${metric.name}\``, `\`${nameOf(metric)}\``, KINDS[metric.kind], metric.unit],
    Object.entries(attributesOf(metric))
      .map(([name, values]) => attribute(name, [...values]))
      .join('; '),
    metric.description,
  ]);
  return table([HEAD, ...rows]);
}

const attribute = (name, values) =>
  OPEN.includes(name) ? `\`${name}\`` : `\`${name}\`: ${values.join(', ')}`;
