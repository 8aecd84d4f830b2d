import type { Attributes } from '@opentelemetry/api';
import type { ResilienceEvents } from '../events/resilience-events.js';
import type { ResilienceEventOf, ResilienceEventType } from '../events/resilience-event.js';
import { errorTypeOf } from '../telemetry/error-type.js';
import { snakeCase } from '../telemetry/metrics/metric-table.js';
import type { Api } from './load-api.js';

type SpanEvent = readonly [name: string, attributes: Attributes];

type Translations = { readonly [T in ResilienceEventType]?: (event: ResilienceEventOf<T>) => SpanEvent };

/** The events of calls that a span tells, in seconds and without keys. */
const translations: Translations = {
  'retry.scheduled': ({ attempt, delay, reason, error }) => [
    'breakwater.retry',
    {
      'breakwater.attempt.number': attempt,
      'breakwater.delay.duration': delay / 1000,
      'breakwater.delay.source': snakeCase(reason),
      ...errorType(error),
    },
  ],
  'retry.suppressed': ({ attempt, reason, error }) => [
    'breakwater.suppressed',
    {
      'breakwater.attempt.number': attempt,
      'breakwater.reason': snakeCase(reason),
      ...errorType(error),
    },
  ],
  'circuit.rejected': ({ retryAfter }) => rejected('circuit', retryAfter),
  'bulkhead.rejected': () => rejected('bulkhead', undefined),
  'rate-limit.rejected': ({ retryAfter }) => rejected('rate_limit', retryAfter),
  timeout: ({ attempt, scope, timeout }) => [
    'breakwater.timeout',
    {
      'breakwater.attempt.number': attempt,
      'breakwater.timeout.scope': scope,
      'breakwater.timeout.limit': timeout / 1000,
    },
  ],
  'hedge.started': ({ attempt }) => ['breakwater.hedge', { 'breakwater.attempt.number': attempt }],
  'fallback.used': ({ error }) => ['breakwater.fallback', errorType(error)],
};

/** Writes events of calls to the span that is active in the call; returns the function that ends it. */
export function writeSpanEvents({ trace }: Api, events: ResilienceEvents): () => void {
  const types = Object.keys(translations) as (keyof Translations)[];
  const stops = types.map((type) =>
    events.on(type, (event) => {
      const span = trace.getActiveSpan();
      if (!span?.isRecording()) return;
      const [name, attributes] = (translations[type] as (event: unknown) => SpanEvent)(event);
      span.addEvent(name, { 'breakwater.name': event.name, ...attributes });
    }),
  );
  return () => stops.forEach((stop) => stop());
}

function rejected(strategy: string, retryAfter: number | undefined): SpanEvent {
  const wait = retryAfter !== undefined && { 'breakwater.retry_after': retryAfter / 1000 };
  return ['breakwater.rejected', { 'breakwater.strategy': strategy, ...wait }];
}

/** The type of an error; a result that was not accepted has none. */
function errorType(error: unknown): Attributes {
  return error === undefined ? {} : { 'error.type': errorTypeOf(error) };
}
