// `npm run test:package` installs the packed library in generated applications and runs them.
//   --all            every application, everything from the registry (default: a quick part, with the tools of this repository)
//   --node 20,22     on these versions of Node (default: the one that runs this)
//   --only <text>    only applications whose name holds the text
//   --table          writes docs/compatibility.md from what was run
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runSteps, write } from './build-consumer.mjs';
import bundled from './consumers/bundled.mjs';
import compiled from './consumers/compiled.mjs';
import guests from './consumers/guests.mjs';
import telemetry from './consumers/telemetry.mjs';
import tested from './consumers/tested.mjs';
import { lintTypes } from './lint-types.mjs';
import { nodeBinary, versionOf } from './node-versions.mjs';
import { suites } from './suites.mjs';
import { writeTable } from './table.mjs';
import { followTour } from './tour.mjs';
import { layOut, pack, versionIn } from './yard.mjs';

const { values: options } = parseArgs({
  options: {
    all: { type: 'boolean' },
    node: { type: 'string' },
    only: { type: 'string', default: '' },
    table: { type: 'boolean' },
  },
});
const TOUR = { yard: 'nest-12', name: "README's tour in a `nest new` application", uses: [] };
const isQuick = !options.all;
const folder = mkdtempSync(join(tmpdir(), 'breakwater-package-'));
const results = [];

/** Runs one application, or a suite, and remembers how it went. */
async function judge({ yard, name, uses }, node, job) {
  const started = performance.now();
  const error = await job().then(
    () => undefined,
    (reason) => reason,
  );
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${error ? 'FAIL' : 'ok  '} Node ${node}  ${yard}: ${name} (${seconds} s)`);
  if (error) console.error(error.message);
  results.push({ yard, name, uses, node, isOk: !error });
}

async function consumersOn(nodes, yards) {
  const chosen = [...compiled, ...tested, ...bundled, ...guests, ...telemetry].filter(
    (consumer) => (consumer.isQuick || !isQuick) && consumer.name.includes(options.only),
  );
  for (const consumer of chosen) {
    const yard = yards[consumer.yard];
    const uses = consumer.uses.map((tool) => `${tool} ${versionIn(yard, tool)}`);
    for (const { binary, version } of nodes) {
      const app = write(consumer, yard);
      await judge({ ...consumer, uses }, version, () => runSteps(consumer, { app, yard, node: binary }));
    }
  }
}

async function main() {
  const tarball = await pack(folder);
  const yards = {};
  for (const name of ['nest-11', 'nest-12']) {
    yards[name] = await layOut(name, { folder, tarball, isQuick });
    console.log(`${name}: @nestjs/core ${versionIn(yards[name], '@nestjs/core')}`);
  }
  const nodes = [];
  for (const major of options.node?.split(',') ?? [process.versions.node.split('.')[0]]) {
    const binary = await nodeBinary(major, folder);
    nodes.push({ binary, version: await versionOf(binary) });
  }
  await consumersOn(nodes, yards);
  if (options.only === '') {
    await judge({ yard: 'package', name: 'are the types wrong?', uses: [] }, nodes[0].version, () =>
      lintTypes(tarball),
    );
  }
  if (!isQuick && TOUR.name.includes(options.only)) {
    for (const { binary: node, version } of nodes)
      await judge(TOUR, version, () => followTour({ folder, tarball, node }));
  }
  if (options.table) {
    for (const suite of suites) {
      for (const { binary, version } of nodes) await judge(suite, version, () => suite.run(binary));
    }
    await writeTable(results, {
      nest: ['nest-11', 'nest-12'].map((name) => versionIn(yards[name], '@nestjs/core')),
    });
  }
}

try {
  await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const failed = results.filter(({ isOk }) => !isOk);
console.log(`${results.length - failed.length} of ${results.length} passed`);
process.exitCode = failed.length === 0 ? 0 : 1;
