// Runs a job in a process of its own, so that no section inherits the heap or the inline caches of another.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const self = fileURLToPath(import.meta.url);

/** The result of `jobs/<job>.mjs`. */
export function inChild(job, ...args) {
  return new Promise((resolve, reject) => {
    const child = fork(self, [job, JSON.stringify(args)], { execArgv: ['--expose-gc'] });
    child.once('message', resolve);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${job} ended with ${code} and no result`)));
  });
}

const PROCESSES = 3;

/**
 * The rounds of several processes together: what a compiler makes of the same code differs from one process to the
 * next by more than from round to round.
 */
export async function inChildren(job, ...args) {
  const runs = [];
  for (let count = 0; count < PROCESSES; count++) runs.push(await inChild(job, ...args));
  return runs[0].map((first, index) => pooled(first, (key) => runs.flatMap((cases) => cases[index][key])));
}

const pooled = (first, all) =>
  Object.fromEntries(
    Object.entries(first).map(([key, value]) => [key, Array.isArray(value) ? all(key) : value]),
  );

if (process.argv[1] === self && process.send) {
  const [job, args] = process.argv.slice(2);
  const { default: run } = await import(`./jobs/${job}.mjs`);
  const result = await run(...JSON.parse(args));
  process.send(result, () => process.exit());
}
