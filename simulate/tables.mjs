import { PUBLISHED } from './experiments/contention.mjs';
import { JITTERS } from './experiments/spread.mjs';
import { table } from './markdown.mjs';
import { nameOf } from './pictures/spread.mjs';

const percent = (mine, theirs) => {
  const difference = Math.round((mine / theirs - 1) * 1000) / 10;
  return `${difference < 0 ? '−' : '+'}${Math.abs(difference).toFixed(1)} %`;
};

/** Calls and time at 100 clients beside those of the public simulator. */
function contentionTable(results) {
  const rows = Object.entries(results).map(([jitter, cells]) => {
    const mine = cells.find(({ clients }) => clients === 100);
    const [, calls, time] = PUBLISHED[jitter].find(([clients]) => clients === 100);
    return [
      ...[jitter, `${mine.calls}`, `${calls}`, percent(mine.calls, calls)],
      ...[`${mine.time} ms`, `${time} ms`, percent(mine.time, time)],
    ];
  });
  return table([['strategy', 'calls', 'published', '', 'time', 'published', ''], ...rows]);
}

function herdTable({ none, full }) {
  const row = (name, { requests, peak, served }) => [name, `${requests}`, `${peak}`, `${served} of 1000`];
  return table([
    ['', 'requests', 'most retries in 100 ms', 'callers answered'],
    row(nameOf('none'), none),
    row(nameOf('full'), full),
  ]);
}

function spreadTable(spreads) {
  const rows = spreads.map((waits, index) => {
    const [first, , third] = waits;
    const total = waits.slice(0, 3).reduce((sum, { mean }) => sum + mean, 0);
    return [
      nameOf(JITTERS[index]),
      ...[`${first.p5} … ${first.p95} ms`, `${third.p5} … ${third.p95} ms`, `${total} ms`],
    ];
  });
  return table([['', 'first retry', 'third retry', 'three waits, mean'], ...rows]);
}

const outcome = (name, { after: { calls, attempts, answered } }) => [
  name,
  ...[`${calls}`, `${attempts}`, `${answered}`],
];
const HEAD = ['a second, long after the outage', 'calls', 'requests', 'answered'];

function collapseTable({ unlimited, limited }) {
  return table([HEAD, outcome('no budget', unlimited), outcome('default budget', limited)]);
}

function exampleTable({ unlimited, limited, small }) {
  return table([
    HEAD,
    outcome('no budget', unlimited),
    outcome('default budget', limited),
    outcome('`{ ratio: 0.05, minPerSecond: 0 }`', small),
  ]);
}

/** The tables of `docs/backoff.md`, by the names of their places. */
export function tablesOf(measured) {
  return {
    herd: herdTable(measured.herd),
    spread: spreadTable(measured.spread),
    contention: contentionTable(measured.contention),
    collapse: collapseTable(measured.collapse),
    example: exampleTable(measured.example),
  };
}
