// npm run bench, in the folder above: all sections, and RESULTS.md is written. For a look at some of them, name them:
// npm run bench -- failingPath openCircuit. With BENCH_QUICK=1 a smoke run of few rounds. Neither writes the file.
import { writeFileSync } from 'node:fs';
import { inChild } from './child.mjs';
import { environment } from './environment.mjs';
import { isQuick } from './measure.mjs';
import { RESULTS, tidy } from './report.mjs';
import * as burst from './sections/burst.mjs';
import * as cache from './sections/cache.mjs';
import * as classes from './sections/classes.mjs';
import * as coldImport from './sections/cold-import.mjs';
import * as context from './sections/context.mjs';
import * as endurance from './sections/endurance.mjs';
import * as events from './sections/events.mjs';
import * as exporters from './sections/exporters.mjs';
import * as failingPath from './sections/failing-path.mjs';
import * as hostile from './sections/hostile.mjs';
import * as http from './sections/http.mjs';
import * as keys from './sections/keys.mjs';
import * as memory from './sections/memory.mjs';
import * as openCircuit from './sections/open-circuit.mjs';
import * as successPath from './sections/success-path.mjs';
import * as telemetry from './sections/telemetry.mjs';
import { reportTargets } from './targets.mjs';

const HEAD = `# What it costs

Written by \`npm run bench\`. Nanoseconds per call belong to the machine; compare the ratios. All subjects of a table take
turns in one process, in a new random order each round; a ratio is the median of the rounds’ ratios. Each section has a
process of its own, started anew, and the paths of a call three, whose rounds are taken together. Decorated methods run in a real Nest application context.
`;

const sections = {
  successPath,
  failingPath,
  openCircuit,
  cache,
  classes,
  context,
  keys,
  memory,
  events,
  telemetry,
  exporters,
  hostile,
  http,
  burst,
  endurance,
  coldImport,
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(sections, name));
if (unknown.length > 0) throw new Error(`no section ${unknown}; there are ${Object.keys(sections)}`);

const results = {};
const parts = [];
for (const [name, { run, report }] of Object.entries(sections)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  results[name] = await run(inChild);
  const part = report(results[name]);
  parts.push(part);
  console.log(await tidy(part));
}
if (asked.length === 0) {
  const targets = reportTargets(results);
  console.log(await tidy(targets));
  const document = [HEAD, ...environment(), '', targets, ...parts].join('\n');
  if (!isQuick) writeFileSync(RESULTS, await tidy(document));
}
