import type { ResilienceLogLevel } from '../../events/log-level.js';
import type {
  CircuitTransitionEvent,
  EventBase,
  ResilienceEventOf,
  ResilienceEventType,
} from '../../events/resilience-event.js';
import { explainFailure } from '../../failures/explain-failure.js';
import { oneLine } from '../../failures/one-line.js';
import { reasonOf } from '../../failures/reason.js';

/** The form of one type of event in the log. */
interface LogEntry<T extends ResilienceEventType> {
  readonly level: ResilienceLogLevel;
  /** Events that come by the thousand in an outage: of every name, or only of states with a key. Default: none is held back. */
  readonly throttled?: 'always' | 'keyed';
  /** The line; made only if it is written. */
  readonly line: (event: ResilienceEventOf<T>) => string;
}

/** `payments`, or `payments[tenant-1]`. */
const nameOf = ({ name, key }: EventBase) => oneLine(key === undefined ? name : `${name}[${key}]`);
const times = (count: number, what: string) => (count === 1 ? `1 ${what}` : `${count} ${what}s`);
const milliseconds = (ms: number) => `${Math.ceil(ms)} ms`;
const trialIn = (retryAfter?: number) =>
  retryAfter === undefined ? '' : `; next trial in ${milliseconds(retryAfter)}`;

function because(error: unknown, how = ': '): string {
  const reason = reasonOf(error);
  return reason === undefined ? '' : `${how}${reason}`;
}

const CAUSES: { readonly [C in CircuitTransitionEvent['cause']]: (event: CircuitTransitionEvent) => string } =
  {
    consecutive: ({ counts }) => times(counts.consecutiveFailures, 'failure') + ' in a row',
    'failure-rate': ({ counts }) => `${counts.failures} of ${times(counts.calls, 'call')} failed`,
    'slow-rate': ({ counts }) => `${counts.slowCalls} of ${times(counts.calls, 'call')} were slow`,
    trial: ({ to }) =>
      to === 'open' ? 'a trial failed' : to === 'closed' ? 'trials succeeded' : 'its time is over',
    manual: () => 'by hand',
    fleet: () => 'by the other instances',
  };

function transition(event: CircuitTransitionEvent): string {
  const { from, to, retryAfter, error, cause } = event;
  const change = `Circuit '${nameOf(event)}' went from ${from} to ${to} (${CAUSES[cause](event)})`;
  return change + trialIn(retryAfter) + because(error, '; last failure: ');
}

function settled(event: ResilienceEventOf<'call.settled'>): string {
  const { outcome, attempts, duration, error } = event;
  const took = duration === undefined ? '' : ` in ${milliseconds(duration)}`;
  if (outcome !== 'failure')
    return `${nameOf(event)}: ${outcome} after ${times(attempts, 'attempt')}${took}${because(error)}`;
  const { kind, circuit, rule } = explainFailure(error);
  const verdict = `by rule ${oneLine(rule)} (${kind}, circuit: ${circuit})`;
  return `${nameOf(event)} failed after ${times(attempts, 'attempt')}${took} ${verdict}${because(error)}`;
}

/** All events in the log: a type that is missing here is an error of the compiler. */
export const LOG: { readonly [T in ResilienceEventType]: LogEntry<T> } = {
  'circuit.opened': { level: 'warn', throttled: 'keyed', line: transition },
  'circuit.half-opened': { level: 'log', throttled: 'keyed', line: transition },
  'circuit.closed': { level: 'log', throttled: 'keyed', line: transition },
  'circuit.rejected': {
    level: 'debug',
    throttled: 'keyed',
    line: (event) => `Circuit '${nameOf(event)}' refused a call${trialIn(event.retryAfter)}`,
  },
  'endpoints.refresh-failed': {
    level: 'warn',
    line: (event) =>
      `The last endpoints of '${nameOf(event)}' stay in use: the next list did not come${because(event.error)}`,
  },
  'retry.exhausted': {
    level: 'warn',
    throttled: 'always',
    line: (event) =>
      `${nameOf(event)} failed: none of ${times(event.attempt, 'attempt')} succeeded${because(event.error)}`,
  },
  'retry.scheduled': {
    level: 'debug',
    line: (event) =>
      `${nameOf(event)} runs attempt ${event.attempt} in ${milliseconds(event.delay)} (${event.reason})${because(event.error)}`,
  },
  'retry.suppressed': {
    level: 'debug',
    line: (event) =>
      `${nameOf(event)} makes no retry after attempt ${event.attempt} (${event.reason})${because(event.error)}`,
  },
  timeout: {
    level: 'debug',
    line: (event) =>
      `${nameOf(event)} ran out of time in attempt ${event.attempt} (${event.scope}: ${milliseconds(event.timeout)})`,
  },
  'bulkhead.rejected': { level: 'debug', line: (event) => `Bulkhead '${nameOf(event)}' is full` },
  'rate-limit.rejected': {
    level: 'debug',
    line: (event) =>
      `Rate limit '${nameOf(event)}' is used up; next call in ${milliseconds(event.retryAfter)}`,
  },
  'hedge.started': {
    level: 'debug',
    line: (event) => `${nameOf(event)} runs attempt ${event.attempt} beside others`,
  },
  'hedge.won': {
    level: 'debug',
    line: (event) => `${nameOf(event)}: attempt ${event.attempt} was the first to succeed`,
  },
  'fallback.used': {
    level: 'debug',
    line: (event) => `${nameOf(event)} was answered by its fallback${because(event.error)}`,
  },
  'cache.stale-served': {
    level: 'debug',
    line: (event) =>
      `${nameOf(event)} was answered with what is ${milliseconds(event.age)} old${because(event.error)}`,
  },
  'cache.store-failed': {
    level: 'warn',
    throttled: 'always',
    line: (event) =>
      `The store of the cache '${nameOf(event)}' failed in ${event.operation}()${because(event.error)}`,
  },
  'chaos.injected': {
    level: 'log',
    throttled: 'always',
    line: (event) => `${nameOf(event)}: ${event.kind} injected into attempt ${event.attempt} on purpose`,
  },
  'call.settled': { level: 'debug', line: settled },
};

/** The types of events. */
export const EVENT_TYPES = Object.keys(LOG) as readonly ResilienceEventType[];
