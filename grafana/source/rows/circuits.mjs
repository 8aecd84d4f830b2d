import { graph, timeline } from '../panels.mjs';
import { increase, OPEN, select, sum } from '../queries.mjs';

/** The states from the harmless to the bad; a name shows the worst that one of its circuits has. */
const STATES = [
  ['closed', 'green'],
  ['disabled', 'blue'],
  ['half_open', 'yellow'],
  ['open', 'red'],
  ['forced_open', 'purple'],
];

const worst = STATES.map(
  ([state], index) =>
    `${index + 1} * (${select('breakwater_circuit_count', `breakwater_circuit_state="${state}"`)} > bool 0)`,
).join(' or ');

export const circuits = [
  timeline({
    title: 'State of the circuits',
    description:
      'The worst state among the circuits of each name on each instance. States that last less than a scrape show under "Transitions by cause".',
    states: STATES.map(([state, colour]) => [state.replace('_', '-'), colour]),
    queries: [[`max by (breakwater_name, instance) (${worst}) > 0`, '{{breakwater_name}} · {{instance}}']],
  }),
  graph({
    title: 'Transitions by cause',
    description:
      'Changes of state in each step. Cause "trial" belongs to an outage that goes on; openings by another cause begin one.',
    ...{ unit: 'none', bars: true, stack: true },
    queries: [
      [
        increase(
          'breakwater_name, breakwater_circuit_state, breakwater_cause',
          'breakwater_circuit_transitions_total',
        ),
        '{{breakwater_name}} → {{breakwater_circuit_state}} ({{breakwater_cause}})',
      ],
    ],
  }),
  graph({
    title: 'Circuits that are not closed',
    description: 'How many circuits of each name are in each other state; keyed circuits count one by one.',
    ...{ unit: 'none', stack: true },
    queries: [
      [
        sum(
          'breakwater_name, breakwater_circuit_state',
          'breakwater_circuit_count',
          'breakwater_circuit_state!="closed"',
        ),
        '{{breakwater_name}}: {{breakwater_circuit_state}}',
      ],
    ],
  }),
  graph({
    title: 'Open circuits by server',
    description: 'Only servers that stand in the options, as a base URL or an endpoint, have a name here.',
    ...{ unit: 'none', width: 24, height: 6 },
    queries: [
      [
        sum(
          'breakwater_name, server_address, server_port',
          'breakwater_circuit_count',
          OPEN,
          'server_address!=""',
        ),
        '{{breakwater_name}}: {{server_address}}:{{server_port}}',
      ],
    ],
  }),
];
