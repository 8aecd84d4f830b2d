import { graph } from '../panels.mjs';
import { rate, sum } from '../queries.mjs';

const perInstance = (metric) => sum('breakwater_name, instance', metric);

export const limits = [
  graph({
    title: 'Timeouts by scope',
    description: 'Time limits that ended an attempt, or a whole call.',
    ...{ unit: 'reqps', stack: true },
    queries: [
      [
        rate('breakwater_name, breakwater_timeout_scope', 'breakwater_timeouts_total'),
        '{{breakwater_name}}: {{breakwater_timeout_scope}}',
      ],
    ],
  }),
  graph({
    title: 'Refused by a limit',
    description: 'Calls that found a bulkhead full, or a rate limit used up.',
    ...{ unit: 'reqps', stack: true },
    queries: [
      [
        rate(
          'breakwater_name, breakwater_strategy',
          'breakwater_rejections_total',
          'breakwater_strategy!="circuit"',
        ),
        '{{breakwater_name}}: {{breakwater_strategy}}',
      ],
    ],
  }),
  graph({
    title: 'Bulkheads: running and limit',
    description: 'Calls that run in each bulkhead, and how many may. An adaptive limit moves.',
    unit: 'none',
    queries: [
      [perInstance('breakwater_bulkhead_usage'), '{{breakwater_name}} · {{instance}} running'],
      [perInstance('breakwater_bulkhead_limit'), '{{breakwater_name}} · {{instance}} limit'],
    ],
  }),
  graph({
    title: 'Bulkheads: queue',
    description: 'Calls that wait for a place. A queue that never empties only adds delay.',
    unit: 'none',
    queries: [[perInstance('breakwater_bulkhead_queue_size'), '{{breakwater_name}} · {{instance}}']],
  }),
  graph({
    title: 'In flight',
    description: 'Calls under way, waits between their attempts included.',
    ...{ unit: 'none', stack: true },
    queries: [[sum('breakwater_name', 'breakwater_in_flight'), '{{breakwater_name}}']],
  }),
  graph({
    title: 'Cache',
    description:
      'Calls with a cache or coalescing, by what answered them: a fresh entry, a stale one, the upstream, another call.',
    ...{ unit: 'reqps', stack: true },
    queries: [
      [
        rate('breakwater_name, breakwater_result', 'breakwater_cache_requests_total'),
        '{{breakwater_name}}: {{breakwater_result}}',
      ],
    ],
  }),
];
