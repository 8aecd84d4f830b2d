import type { FamilyDetail, HistogramFigures, ServerAddress } from '../figures.js';
import { BOUNDS_S } from '../histogram.js';

/** The attributes of a point, by their names in OpenTelemetry. */
export type Labels = Readonly<Record<string, string | number | boolean>>;

/** A value of a metric: one number, or for a histogram the counts of its buckets and, last, the sum. */
export interface Point {
  readonly labels: Labels;
  /** An array of its own. */
  readonly cells: number[];
}

/** One metric, as OpenTelemetry describes it; Prometheus has it by the standard translation of its name. */
export interface Metric {
  readonly name: string;
  /** `s`, or what is counted in braces. */
  readonly unit: string;
  readonly description: string;
  /** An `up-down-counter` is a gauge whose values may be added up, over families as over instances. */
  readonly kind: 'counter' | 'up-down-counter' | 'histogram';
  /** Of a histogram: the upper bounds of its buckets but the last one. */
  readonly bounds?: readonly number[];
  /** The points of one family, without its name: combinations that were never seen are left out. */
  readonly read: (family: FamilyDetail) => readonly Point[];
}

/**
 * All metrics: the one table for every exporter. Keys are never among the attributes, as a tenant or a user may be one; origins that
 * stand in the options are none, and are shown.
 */
export const metricTable: readonly Metric[] = [
  {
    ...counter('breakwater.calls', '{call}', 'Calls that have ended, by what their callers got'),
    read: ({ calls }) =>
      calls.map(({ outcome, retried, errorType, count }) =>
        point(count, {
          'breakwater.outcome': outcome,
          'breakwater.retried': retried,
          ...(errorType !== undefined && { 'error.type': errorType }),
        }),
      ),
  },
  {
    ...histogram('breakwater.call.duration', 'Durations of calls, waits and retries included'),
    read: ({ durations }) =>
      durations.map(({ outcome, ...figures }) => buckets(figures, { 'breakwater.outcome': outcome })),
  },
  {
    ...counter(
      'breakwater.attempts',
      '{attempt}',
      'Attempts that have ended, by the reason why they were made',
    ),
    read: ({ attempts }) =>
      attempts.map(({ kind, outcome, count }) =>
        point(count, { 'breakwater.attempt.kind': kind, 'breakwater.outcome': outcome }),
      ),
  },
  {
    ...histogram('breakwater.call.retry_delay', 'Waits before retries, by where they come from'),
    read: ({ retryDelays }) =>
      retryDelays.map(({ source, ...figures }) => buckets(figures, { 'breakwater.delay.source': source })),
  },
  {
    ...counter('breakwater.retry.suppressions', '{retry}', 'Retries that were not made, by the reason'),
    read: ({ suppressions }) =>
      suppressions.map(({ reason, count }) => point(count, { 'breakwater.reason': reason })),
  },
  {
    ...upDown('breakwater.retry.budget.usage', '{retry}', 'Retries in the window of the retry budget'),
    read: ({ budget }) => one(budget?.used),
  },
  {
    ...upDown('breakwater.retry.budget.limit', '{retry}', 'Retries that the budget allows in its window'),
    read: ({ budget }) => one(budget?.limit),
  },
  {
    ...upDown('breakwater.circuit.count', '{circuit}', 'Circuits that exist now, by their state'),
    read: ({ circuits }) =>
      circuits.map(({ state, server, count }) =>
        point(count, { 'breakwater.circuit.state': state, ...serverLabels(server) }),
      ),
  },
  {
    ...counter(
      'breakwater.circuit.transitions',
      '{transition}',
      'Transitions of circuits, by the state entered',
    ),
    read: ({ transitions }) =>
      transitions.map(({ to, cause, count }) =>
        point(count, { 'breakwater.circuit.state': to, 'breakwater.cause': cause }),
      ),
  },
  {
    ...counter('breakwater.rejections', '{call}', 'Refusals of circuits, bulkheads and rate limits'),
    read: ({ rejections }) =>
      rejections.map(({ strategy, server, count }) =>
        point(count, { 'breakwater.strategy': strategy, ...serverLabels(server) }),
      ),
  },
  {
    ...counter('breakwater.timeouts', '{timeout}', 'Time limits that ended an attempt or a whole call'),
    read: ({ timeouts }) =>
      timeouts.map(({ scope, count }) => point(count, { 'breakwater.timeout.scope': scope })),
  },
  {
    ...upDown('breakwater.bulkhead.usage', '{call}', 'Calls that hold a place of a bulkhead'),
    read: ({ bulkhead }) => one(bulkhead?.running),
  },
  {
    ...upDown('breakwater.bulkhead.limit', '{call}', 'Places of the bulkheads, all keys together'),
    read: ({ bulkhead }) => one(bulkhead?.limit),
  },
  {
    ...upDown('breakwater.bulkhead.queue.size', '{call}', 'Calls that wait for a place of a bulkhead'),
    read: ({ bulkhead }) => one(bulkhead?.queued),
  },
  {
    ...upDown('breakwater.in_flight', '{call}', 'Calls under way'),
    read: ({ inFlight }) => one(inFlight),
  },
  {
    ...counter(
      'breakwater.chaos.injections',
      '{fault}',
      'Faults that were injected into attempts on purpose',
    ),
    read: ({ injections }) =>
      injections.map(({ kind, count }) => point(count, { 'breakwater.chaos.kind': kind })),
  },
  {
    ...counter(
      'breakwater.cache.requests',
      '{call}',
      'Calls of cached and coalesced methods, by what answered',
    ),
    read: ({ cache }) =>
      Object.entries(cache ?? {}).map(([result, count]) => point(count, { 'breakwater.result': result })),
  },
];

type Description = Omit<Metric, 'read'>;

function counter(name: string, unit: string, description: string): Description {
  return { name, unit, description, kind: 'counter' };
}

function upDown(name: string, unit: string, description: string): Description {
  return { name, unit, description, kind: 'up-down-counter' };
}

function histogram(name: string, description: string): Description {
  return { name, unit: 's', description, kind: 'histogram', bounds: BOUNDS_S };
}

function point(value: number, labels: Labels): Point {
  return { labels: snakeCased(labels), cells: [value] };
}

/** A number that belongs to the whole family; none where the family has no such thing. */
function one(value: number | undefined): readonly Point[] {
  return value === undefined ? [] : [{ labels: {}, cells: [value] }];
}

function buckets({ counts, sum }: Readonly<HistogramFigures>, labels: Labels): Point {
  return { labels: snakeCased(labels), cells: [...counts, sum] };
}

function serverLabels(server: ServerAddress | undefined): Labels {
  return server ? { 'server.address': server.address, 'server.port': server.port } : {};
}

/** Rewrites the values that are words of this library; the type of an error and an address are none. */
function snakeCased(labels: Labels): Labels {
  const written: Record<string, string | number | boolean> = {};
  for (const name in labels) {
    const value = labels[name];
    const isWord = typeof value === 'string' && name.startsWith('breakwater.');
    written[name] = isWord ? snakeCase(value) : value;
  }
  return written;
}

/** A word with a hyphen or a capital letter. */
const COMPOUND = /[-A-Z]/;

/** Writes a word of this library as metrics have it: `half-open` and `rateLimit` become `half_open` and `rate_limit`. */
export function snakeCase(word: string): string {
  if (!COMPOUND.test(word)) return word;
  return word.replaceAll('-', '_').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
