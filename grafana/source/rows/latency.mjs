import { graph, heatmap } from '../panels.mjs';
import { duration, increase, RAN, rate } from '../queries.mjs';

const mean = (labels) =>
  `${rate(labels, 'breakwater_call_duration_seconds_sum')} / ${rate(labels, 'breakwater_call_duration_seconds_count')}`;

export const latency = [
  graph({
    title: 'Duration of calls',
    description:
      'From the call to its answer: waits, retries and fallback included; refused and given up calls are left out.',
    unit: 's',
    queries: [0.5, 0.95, 0.99].map((quantile) => [duration(quantile), `p${quantile * 100}`]),
  }),
  graph({
    title: 'p95 by name',
    description: 'The duration that 95 of 100 calls of each name stayed below.',
    unit: 's',
    queries: [[duration(0.95, 'breakwater_name'), '{{breakwater_name}}']],
  }),
  heatmap({
    title: 'Durations',
    description:
      'Two bands tell of two kinds of calls: those that a retry or a time limit made slow stand above the others.',
    unit: 's',
    queries: [[increase('le', 'breakwater_call_duration_seconds_bucket', RAN), '{{le}}']],
  }),
  graph({
    title: 'Mean by outcome',
    description: 'Failures that take as long as a time limit cost callers the most; refusals cost nothing.',
    unit: 's',
    queries: [[mean('breakwater_outcome'), '{{breakwater_outcome}}']],
  }),
];
