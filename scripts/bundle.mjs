// The last part of `npm run build`. tsc has written a file per source to dist/esm. Users get one file per entry and format,
// because Node spends most of the time of an import on opening files:
//   dist/<format>/core.js           the library, and the internals that the testing entry needs; no entry of its own
//   dist/<format>/index.js          the public API
//   dist/<format>/testing/index.js  what tests import; it shares the classes of core.js
// The files of tsc move to dist/modules, for the bench and the scripts that look inside. tsc's output is bundled and not the
// sources: esbuild emits no decorator metadata.
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { reachableDeclarations } from './bundle/declarations.mjs';
import { restoreNames } from './bundle/names.mjs';
import { importsFrom, namesExportedBy } from './bundle/syntax.mjs';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const esm = join(dist, 'esm');
const cjs = join(dist, 'cjs');
const modules = join(dist, 'modules');

const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  packages: 'external',
  sourcemap: true,
  // the sources are in the package
  sourcesContent: false,
  legalComments: 'none',
  logLevel: 'warning',
  write: false,
};
const formats = {
  esm: { format: 'esm' },
  // a require() in the place of each import(): jest runs CommonJS files in a context that has no import()
  cjs: { format: 'cjs', supported: { 'dynamic-import': false } },
};

const publicNames = namesExportedBy(readFileSync(join(esm, 'index.js'), 'utf8'));

/** Everything that core.js exports: the public API, and what the testing entry imports from elsewhere. */
function coreSource() {
  const internals = readdirSync(join(esm, 'testing'))
    .filter((file) => file.endsWith('.js'))
    .flatMap((file) => importsFrom(join(esm, 'testing', file)))
    .filter(({ from }) => from.startsWith('../'))
    .map(({ names, from }) => `export { ${names.join(', ')} } from './${from.slice(3)}';`);
  return [`export * from './index.js';`, ...new Set(internals)].join('\n');
}

/** Leaves what is not of the testing entry to core.js. */
const sharedCore = {
  name: 'shared core',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.\// }, ({ path, resolveDir }) => {
      const isOutside = relative(join(esm, 'testing'), join(resolveDir, path)).startsWith(`..${sep}`);
      return isOutside ? { path: '../core.js', external: true } : undefined;
    });
  },
};

async function bundle(target, options) {
  const { outputFiles } = await build({ ...common, ...options, outfile: target });
  return outputFiles.map(({ path, text }) => [
    path,
    path.endsWith('.js') ? restoreNames(text, path, publicNames) : text,
  ]);
}

async function bundleFormat(name) {
  const to = (file) => join(dist, name, file);
  const stdin = (contents) => ({ stdin: { contents, resolveDir: esm, sourcefile: 'entry.js' } });
  const index = `export { ${publicNames.join(', ')} } from './core.js';`;
  const files = await Promise.all([
    bundle(to('core.js'), { ...formats[name], ...stdin(coreSource()) }),
    bundle(to('index.js'), { ...formats[name], ...stdin(index), external: ['./core.js'], sourcemap: false }),
    bundle(to('testing/index.js'), {
      ...formats[name],
      entryPoints: [join(esm, 'testing/index.js')],
      plugins: [sharedCore],
    }),
  ]);
  return files.flat();
}

/** Moves the files of tsc out of the package, and leaves the declarations that users can reach. */
function sortFilesOfTsc() {
  const needed = reachableDeclarations(['index.d.ts', 'testing/index.d.ts'].map((file) => join(esm, file)));
  rmSync(modules, { recursive: true, force: true });
  for (const entry of readdirSync(esm, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    if (needed.has(file.replace(/\.map$/, ''))) continue;
    const target = join(modules, relative(esm, file));
    mkdirSync(dirname(target), { recursive: true });
    renameSync(file, target);
  }
  for (const entry of readdirSync(esm, { recursive: true, withFileTypes: true }).reverse()) {
    const folder = join(entry.parentPath, entry.name);
    if (entry.isDirectory() && readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
  }
}

/** Refuses a bundle whose functions and classes have other names than the sources have. */
async function compareNames() {
  const original = await import(pathToFileURL(join(modules, 'index.js')));
  const bundled = await import(pathToFileURL(join(esm, 'index.js')));
  for (const [name, value] of Object.entries(original)) {
    if (value?.name !== bundled[name]?.name)
      throw new Error(`The bundle calls ${name} '${bundled[name]?.name}', the sources '${value?.name}'`);
  }
}

const bundles = (await Promise.all(Object.keys(formats).map(bundleFormat))).flat();
sortFilesOfTsc();
rmSync(cjs, { recursive: true, force: true });
// the declarations are the same in both formats
cpSync(esm, cjs, { recursive: true });
for (const [file, text] of bundles) writeFileSync(file, text);
// without it Node takes the files for ESM, because the package is
writeFileSync(join(cjs, 'package.json'), '{ "type": "commonjs", "sideEffects": false }\n');
await compareNames();
