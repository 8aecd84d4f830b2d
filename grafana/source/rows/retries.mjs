import { graph } from '../panels.mjs';
import { rate, sum } from '../queries.mjs';

const delay = (quantile) =>
  `histogram_quantile(${quantile}, ${rate('le, breakwater_delay_source', 'breakwater_call_retry_delay_seconds_bucket')})`;

export const retries = [
  graph({
    title: 'Attempts on top of the first',
    description:
      'Retries, hedges and failovers per first attempt. A budget holds retries at a fifth, plus ten a second for each instance.',
    unit: 'percentunit',
    queries: [
      [
        `${rate('breakwater_name, breakwater_attempt_kind', 'breakwater_attempts_total', 'breakwater_attempt_kind!="first"')} / on (breakwater_name) group_left () ${rate('breakwater_name', 'breakwater_attempts_total', 'breakwater_attempt_kind="first"')}`,
        '{{breakwater_name}}: {{breakwater_attempt_kind}}',
      ],
    ],
  }),
  graph({
    title: 'Calls with a retry',
    description: 'Success: calls that a retry saved. Failure: calls for which the retries were in vain.',
    ...{ unit: 'reqps', stack: true },
    queries: [
      [
        rate('breakwater_outcome', 'breakwater_calls_total', 'breakwater_retried="true"'),
        '{{breakwater_outcome}}',
      ],
    ],
  }),
  graph({
    title: 'Wait before a retry',
    description: 'Backoff is the choice of the client, retry_after what the server asked for.',
    unit: 's',
    queries: [
      [delay(0.5), 'p50 {{breakwater_delay_source}}'],
      [delay(0.95), 'p95 {{breakwater_delay_source}}'],
    ],
  }),
  graph({
    title: 'Retries that were not made',
    description:
      'Retries that would have been made otherwise, by the reason. "budget" means that too many calls fail to repeat them all.',
    ...{ unit: 'reqps', stack: true },
    queries: [
      [
        rate('breakwater_name, breakwater_reason', 'breakwater_retry_suppressions_total'),
        '{{breakwater_name}}: {{breakwater_reason}}',
      ],
    ],
  }),
  graph({
    title: 'Retry budget',
    description: 'The part of the budget that the retries of its window have used, on each instance.',
    ...{ unit: 'percentunit', max: 1, width: 24, height: 6 },
    queries: [
      [
        `${sum('breakwater_name, instance', 'breakwater_retry_budget_usage')} / ${sum('breakwater_name, instance', 'breakwater_retry_budget_limit')}`,
        '{{breakwater_name}} · {{instance}}',
      ],
    ],
  }),
];
