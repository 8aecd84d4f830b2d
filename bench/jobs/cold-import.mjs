import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { isQuick } from '../measure.mjs';

const PROCESSES = isQuick ? 3 : 21;
const dist = new URL('../../dist/', import.meta.url);

const SUBJECTS = [
  ["import 'nestjs-breakwater'", [new URL('esm/index.js', dist)]],
  ['… of a file per source', [new URL('modules/index.js', dist)]],
  ["import 'nestjs-breakwater/testing'", [new URL('esm/testing/index.js', dist)]],
  ['undici, which the first request loads', ['undici']],
];

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** The time that a new process takes to import something once Nest is there. */
export default async function coldImport() {
  const runs = SUBJECTS.map(() => []);
  // in turns: a machine is not equally busy all the time
  for (let count = 0; count < PROCESSES; count++) {
    for (const [index, [, specifiers]] of SUBJECTS.entries())
      runs[index].push(await timed(specifiers.map(String)));
  }
  return SUBJECTS.map(([name], index) => ({
    name,
    nest: median(runs[index].map(({ nest }) => nest)),
    subject: median(runs[index].map(({ subject }) => subject)),
  }));
}

function timed(specifiers) {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), ...specifiers], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the import ended with ${code}`)));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const start = performance.now();
  await import('reflect-metadata');
  await import('@nestjs/common');
  await import('@nestjs/core');
  const before = performance.now();
  for (const specifier of process.argv.slice(2)) await import(specifier);
  const end = performance.now();
  process.send({ nest: before - start, subject: end - before });
}
