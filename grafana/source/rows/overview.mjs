import { graph, stat, steps, SUCCESS, table } from '../panels.mjs';
import { actualSuccess, amplification, duration, effectiveSuccess, OPEN, rate, sum } from '../queries.mjs';

const AMPLIFICATION = steps('green', [1.2, 'orange'], [1.5, 'red']);
const TROUBLE = steps('green', [0.001, 'orange']);

const numbers = [
  stat({
    title: 'Effective success',
    description:
      'The share of the calls that got an answer, of themselves, of a retry or of a fallback. Calls that their callers gave up are left out.',
    ...{
      unit: 'percentunit',
      decimals: 2,
      thresholds: SUCCESS,
      queries: [[effectiveSuccess(''), 'effective']],
    },
  }),
  stat({
    title: 'Actual success',
    description:
      'The share of the attempts that the upstream answered. The gap to the effective success is what retries, hedges and fallbacks buy.',
    ...{ unit: 'percentunit', decimals: 2, thresholds: SUCCESS, queries: [[actualSuccess(''), 'actual']] },
  }),
  stat({
    title: 'Amplification',
    description:
      'Attempts per call. Above 1 the upstream gets more than it was asked for; below 1 circuits, limits and caches keep calls away from it.',
    ...{
      unit: 'none',
      decimals: 2,
      thresholds: AMPLIFICATION,
      queries: [[amplification(''), 'attempts per call']],
    },
  }),
  stat({
    title: 'Open circuits',
    description: 'Circuits that refuse calls now: open, half-open or forced open.',
    thresholds: steps('green', [1, 'red']),
    ...{ unit: 'none', queries: [[`${sum('', 'breakwater_circuit_count', OPEN)} or vector(0)`, 'open']] },
  }),
  stat({
    title: 'Calls',
    description: 'Calls that ended, a second.',
    ...{ unit: 'reqps', queries: [[rate('', 'breakwater_calls_total'), 'calls']] },
  }),
  stat({
    title: 'Rejections',
    description: 'Calls that were refused at once by a circuit, a bulkhead or a rate limit, a second.',
    ...{ unit: 'reqps', thresholds: TROUBLE },
    queries: [[`${rate('', 'breakwater_rejections_total')} or vector(0)`, 'rejected']],
  }),
];

const families = table({
  title: 'Names',
  description:
    'One row per name (a policy, a method, an HTTP client), the lowest effective success first. Click a column to sort by it.',
  columns: [
    ['Calls', rate('breakwater_name', 'breakwater_calls_total'), 'reqps'],
    ['Effective success', effectiveSuccess('breakwater_name'), 'percentunit', SUCCESS],
    ['Actual success', actualSuccess('breakwater_name'), 'percentunit', SUCCESS],
    ['Amplification', amplification('breakwater_name'), 'none', AMPLIFICATION],
    ['p95', duration(0.95, 'breakwater_name'), 's'],
    [
      'Open circuits',
      sum('breakwater_name', 'breakwater_circuit_count', OPEN),
      'none',
      steps('green', [1, 'red']),
    ],
    ['In flight', sum('breakwater_name', 'breakwater_in_flight'), 'none'],
  ],
});

export const overview = [
  ...numbers,
  graph({
    title: 'Effective and actual success',
    description:
      'What callers got, and what the upstream did. A low actual success below a high effective one is an outage that retries hide.',
    ...{ unit: 'percentunit', isFromZero: false, max: 1 },
    queries: [
      [effectiveSuccess(''), 'effective: calls'],
      [actualSuccess(''), 'actual: attempts'],
    ],
  }),
  graph({
    title: 'Calls by outcome',
    description: 'Calls that ended, by what their callers got.',
    ...{ unit: 'reqps', stack: true },
    queries: [[rate('breakwater_outcome', 'breakwater_calls_total'), '{{breakwater_outcome}}']],
  }),
  families,
  graph({
    title: 'Rejections by strategy',
    description: 'Calls that a circuit, a bulkhead or a rate limit refused before they reached the upstream.',
    ...{ unit: 'reqps', stack: true },
    queries: [
      [
        rate('breakwater_name, breakwater_strategy', 'breakwater_rejections_total'),
        '{{breakwater_name}}: {{breakwater_strategy}}',
      ],
    ],
  }),
  graph({
    title: 'Errors by type',
    description:
      'Failed calls by the type of their last error: the code of the library, the HTTP status, the code or the class of the error.',
    ...{ unit: 'reqps', stack: true },
    queries: [
      [
        rate('breakwater_name, error_type', 'breakwater_calls_total', 'breakwater_outcome="failure"'),
        '{{breakwater_name}}: {{error_type}}',
      ],
    ],
  }),
];
