// npm run test:drivers: asks the real clients for their errors, checks the table of them, and compares their shapes with those
// that are recorded. With --record it writes the shapes instead. A server is asked only if it listens.
import { readFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { explainFailure } from '../../dist/esm/index.js';
import { askClients } from './ask.mjs';
import { shapeOf } from './shape.mjs';
import { MEANINGS, TABLE } from './table.mjs';

const FILE = new URL('../support/recorded-errors.json', import.meta.url);
const { errors, skipped } = await askClients();
for (const { name, needs } of skipped) console.log(`skipped: ${name}, since ${needs} does not listen`);

const recorded = JSON.parse(readFileSync(FILE, 'utf8'));
if (process.argv.includes('--record')) record();
else process.exitCode = check();
// some clients keep timers for connections that they have given up
setTimeout(() => process.exit(), 100);

function record() {
  for (const [client, all] of Object.entries(errors))
    recorded[client] = Object.fromEntries(Object.entries(all).map(([what, error]) => [what, shapeOf(error)]));
  writeFileSync(FILE, inLines(recorded));
  console.log(`recorded ${Object.values(recorded).flatMap(Object.keys).length} errors`);
}

/** One error a line, so that a difference shows what has changed. */
function inLines(all) {
  const clients = Object.entries(all).map(([client, rows]) => {
    const lines = Object.entries(rows).map(
      ([what, shape]) => `    ${JSON.stringify(what)}: ${JSON.stringify(shape)}`,
    );
    return `  ${JSON.stringify(client)}: {\n${lines.join(',\n')}\n  }`;
  });
  return `{\n${clients.join(',\n')}\n}\n`;
}

function check() {
  const problems = [];
  let passed = 0;
  for (const [client, all] of Object.entries(errors)) {
    const told = Object.keys(all);
    const missing = Object.keys(TABLE[client] ?? {}).filter((what) => !told.includes(what));
    problems.push(...missing.map((what) => `${client}: ${what}: the client was not asked`));
    for (const [what, error] of Object.entries(all)) {
      const found = problemsOf(client, what, error);
      if (found.length === 0) passed++;
      problems.push(...found.map((problem) => `${client}: ${what}: ${problem}`));
    }
  }
  for (const problem of problems) console.log(problem);
  console.log(`${passed} passed, ${problems.length} failed`);
  return problems.length > 0 ? 1 : 0;
}

function problemsOf(client, what, error) {
  const { kind, circuit, rule } = explainFailure(error);
  const expected = TABLE[client]?.[what];
  const [meaning, ...name] = (expected ?? 'none').split(' ');
  const found = [];
  if (!isDeepStrictEqual([kind, circuit, rule], [...(MEANINGS[meaning] ?? []), name.join(' ')]))
    found.push(`is ${kind}, ${circuit}, ${rule}; the table says ${expected}`);
  const shape = JSON.parse(JSON.stringify(shapeOf(error)));
  if (!isDeepStrictEqual(shape, recorded[client]?.[what]))
    found.push(
      `has another shape than recorded: ${JSON.stringify(shape)}, was ${JSON.stringify(recorded[client]?.[what])}`,
    );
  return found;
}
