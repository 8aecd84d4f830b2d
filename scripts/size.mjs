// `npm run size`: what the library weighs minified and gzipped, without undici and the peers; fails above a limit.
import { build } from 'esbuild';
import { existsSync, readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { optionalPeers, subpaths } from './subpaths.mjs';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
/** The library in many files, as tsc has written it. */
const modules = `${dist}modules/`;
/**
 * The core: what waits and what decides, by their doors; the rest is Nest's container and the HTTP client. The table of
 * strategies brings all that their parts are made of: windows and plans of circuits, budgets, latencies. What the container
 * hands in (clocks, deadline queues, events) is only in the weight of the whole.
 */
const DOORS = [
  'pipeline/pipeline.js',
  'failures/classify-failure.js',
  'strategies/policy.options.js',
  'strategies/circuit-breaker/circuit-breaker-registry.js',
  'strategies/circuit-breaker/circuit.js',
  'strategies/keyed-state.js',
];
const doorsOfStrategies = readdirSync(`${modules}strategies`)
  .map((name) => `strategies/${name}/${name}.js`)
  .filter((file) => existsSync(modules + file));

/** Limits in KB: guards against growth. */
const subjects = [
  {
    name: 'core: engine and strategies',
    folder: modules,
    files: [...DOORS, ...doorsOfStrategies],
    limit: 52,
  },
  { name: "import 'nestjs-breakwater'", folder: `${dist}esm`, files: ['index.js'], limit: 122 },
  // a subpath shares the core, and may hold all of it
  ...subpaths.map(({ name, folder, limit }) => ({
    name: `import 'nestjs-breakwater/${name}'`,
    folder: `${dist}esm`,
    files: [`${folder}/index.js`],
    limit,
  })),
];

async function weigh({ folder, files }) {
  const { outputFiles } = await build({
    stdin: { contents: files.map((file) => `export * from './${file}';`).join('\n'), resolveDir: folder },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['undici', '@nestjs/*', 'rxjs', 'reflect-metadata', ...Object.keys(optionalPeers)],
    write: false,
  });
  const code = outputFiles[0].contents;
  return { minified: code.length / 1024, gzipped: gzipSync(code, { level: 9 }).length / 1024 };
}

const column = (value, width) => value.toFixed(2).padStart(width);

console.log('KB gzipped  minified  limit');
for (const { name, limit, ...entry } of subjects) {
  const { gzipped, minified } = await weigh(entry);
  const figures = [column(gzipped, 10), column(minified, 8), String(limit).padStart(5)];
  console.log(`${figures.join('  ')}  ${name}`);
  if (gzipped <= limit) continue;
  console.error(`${name} weighs more than ${limit} KB, minified and gzipped.`);
  process.exitCode = 1;
}
