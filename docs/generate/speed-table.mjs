import { table } from '../../simulate/markdown.mjs';

const HEAD = ['', 'Breakwater', 'cockatiel', 'opossum', 'nestjs-resilience'];

/** Each row of the README's table: its title, the section of bench/RESULTS.md, the column, and one case for each library. */
const ROWS = [
  {
    title: 'a call that succeeds, with retry and circuit',
    section: 'Success path',
    column: 'ns',
    cases: [
      '@Retryable @CircuitBreaker',
      'cockatiel wrap(retry, breaker)',
      'opossum (breaker)',
      'nestjs-resilience retry, breaker',
    ],
  },
  {
    title: '… and a timeout',
    section: 'Success path',
    column: 'ns',
    cases: ['@Retryable @CircuitBreaker @Timeout', 'cockatiel wrap(retry, breaker, timeout)'],
  },
  {
    title: 'a call that an open circuit refuses',
    section: 'Open circuit: a rejected call, caught',
    column: 'ns',
    cases: [
      '@Retryable @CircuitBreaker',
      'cockatiel wrap(retry, breaker)',
      'opossum',
      'nestjs-resilience breaker',
    ],
  },
  {
    title: 'bytes per keyed circuit',
    section: 'Bytes, timers and idle CPU of keyed circuits',
    column: 'bytes per circuit',
    cases: ['this library', 'cockatiel, in a Map', 'opossum, in a Map'],
  },
  {
    title: 'timers per circuit',
    section: 'Bytes, timers and idle CPU of keyed circuits',
    column: 'timers per circuit',
    cases: ['this library', 'cockatiel, in a Map', 'opossum, in a Map'],
  },
];

const HTTP = 'HTTP: CPU time of the client per request';

/** What README.md says of speed, from the text of bench/RESULTS.md. */
export function speedTable(results) {
  const rows = ROWS.map(({ title, section, column, cases }) => {
    const unit = column === 'ns' ? ' ns' : '';
    const cells = cases.map((name) => cell(results, section, name, column) + unit);
    return [title, ...cells, ...HEAD.slice(cells.length + 1).map(() => '–')];
  });
  const bare = cell(results, 'Success path', 'bare call', 'ns');
  const byHand = cell(results, 'Success path', 'hand-written', 'ns');
  const http = (name) => cell(results, HTTP, name, '× bare undici');
  return [
    `An awaited call of a method that returns at once takes ${bare} ns, one in a hand-written loop with the counters of a circuit ${byHand} ns:`,
    table([HEAD, ...rows]),
    `opossum has no retry, and a breaker’s timeout is off. An HTTP request costs the client’s CPU ${http('this library: retry, circuit, both timeouts')} what undici alone costs, with @nestjs/axios and axios-retry ${http('@nestjs/axios + axios-retry')}. ${conditions(results)}`,
  ].join('\n\n');
}

/** A cell of a table, by the heading above it, the first cell of its row, and the head of its column. */
function cell(results, heading, name, column) {
  const [, section] = results.split(`\n## ${heading}\n`);
  if (section === undefined) throw new Error(`bench/RESULTS.md has no section '${heading}'`);
  const rows = section
    .split('\n## ')[0]
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').map((text) => text.trim()));
  const at = rows[0]?.indexOf(column) ?? -1;
  const row = rows.find(([, first]) => first === name);
  if (at < 0 || !row) throw new Error(`bench/RESULTS.md has no '${name}' with '${column}' in '${heading}'`);
  return row[at];
}

/** When, where and with what it was measured. */
function conditions(results) {
  const line = (start) => results.match(new RegExp(`^- (${start}.*)$`, 'm'))?.[1] ?? '';
  const versions = line('nestjs-breakwater').replace(/^[^;]*; /, '');
  return `Measured on ${line('Date: ').replace('Date: ', '')}, ${line('Node.js').split(',')[0]}, ${line('Machine').replace(/Machine: ([^;]*);.*/, '$1')}; ${versions}.`;
}
