// The last part of `npm run build`. tsc has written a file per source to dist/esm. Users get one file per entry and format,
// because Node spends most of the time of an import on opening files:
//   dist/<format>/core.js              the library, and the internals that subpaths need; no entry of its own
//   dist/<format>/index.js             the public API
//   dist/<format>/<subpath>/index.js   a subpath, such as testing; it shares the classes of core.js
// The files of tsc move to dist/modules, for the bench and the scripts that look inside. tsc's output is bundled and not the
// sources: esbuild emits no decorator metadata.
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { reachableDeclarations } from './bundle/declarations.mjs';
import { restoreNames } from './bundle/names.mjs';
import { importsFrom, namesExportedBy } from './bundle/syntax.mjs';
import { entries, subpaths } from './subpaths.mjs';

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
  cjs: {
    format: 'cjs',
    supported: { 'dynamic-import': false },
    define: { 'import.meta.resolve': 'require.resolve' },
  },
};

const namesOf = (entry) => namesExportedBy(readFileSync(join(esm, `${entry}.js`), 'utf8'));
const publicNames = namesOf('index');

/** The modules of a subpath's own folder. */
const filesIn = (folder) =>
  readdirSync(join(esm, folder), { recursive: true })
    .filter((file) => file.endsWith('.js'))
    .map((file) => join(esm, folder, file));

/** True for the index of a subpath: it is imported as it is, so that its code is in no other file. */
const isEntry = (target) => target !== 'index.js' && entries.includes(target.replace(/\.js$/, ''));

/** Everything that core.js exports: the public API, and what subpaths import from elsewhere. */
function coreSource() {
  const internals = new Map();
  for (const { folder } of subpaths) {
    for (const file of filesIn(folder)) {
      for (const { names, from } of importsFrom(file).filter(({ from }) => from.startsWith('.'))) {
        const target = relative(esm, join(dirname(file), from)).replaceAll(sep, '/');
        if (target.startsWith(`${folder}/`) || isEntry(target)) continue;
        for (const name of names) internals.set(name, `export { ${name} } from './${target}';`);
      }
    }
  }
  return [`export * from './index.js';`, ...internals.values()].join('\n');
}

/** Leaves what is not of a subpath's own folder to core.js. */
const sharedCore = (folder) => ({
  name: 'shared core',
  setup({ onResolve }) {
    const core = `${relative(join(esm, folder), esm).replaceAll(sep, '/')}/core.js`;
    onResolve({ filter: /^\.\.\// }, ({ path, resolveDir }) => {
      const target = relative(esm, join(resolveDir, path)).replaceAll(sep, '/');
      if (isEntry(target)) return { path: `${core.slice(0, -'core.js'.length)}${target}`, external: true };
      const isOutside = relative(join(esm, folder), join(resolveDir, path)).startsWith('..');
      return isOutside ? { path: core, external: true } : undefined;
    });
  },
});

async function bundle(target, names, options) {
  const { outputFiles } = await build({ ...common, ...options, outfile: target });
  return outputFiles.map(({ path, text }) => [
    path,
    path.endsWith('.js') ? restoreNames(text, path, names) : text,
  ]);
}

async function bundleFormat(name) {
  const to = (file) => join(dist, name, file);
  const stdin = (contents) => ({ stdin: { contents, resolveDir: esm, sourcefile: 'entry.js' } });
  const index = `export { ${publicNames.join(', ')} } from './core.js';`;
  const files = await Promise.all([
    bundle(to('core.js'), publicNames, { ...formats[name], ...stdin(coreSource()) }),
    bundle(to('index.js'), publicNames, {
      ...formats[name],
      ...stdin(index),
      external: ['./core.js'],
      sourcemap: false,
    }),
    ...subpaths.map(({ folder }) =>
      bundle(to(`${folder}/index.js`), namesOf(`${folder}/index`), {
        ...formats[name],
        entryPoints: [join(esm, folder, 'index.js')],
        plugins: [sharedCore(folder)],
      }),
    ),
  ]);
  return files.flat();
}

/** Moves the files of tsc out of the package, and leaves the declarations that users can reach. */
function sortFilesOfTsc() {
  const needed = reachableDeclarations(entries.map((entry) => join(esm, `${entry}.d.ts`)));
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
async function compareNames(entry) {
  const original = await import(pathToFileURL(join(modules, `${entry}.js`)));
  const bundled = await import(pathToFileURL(join(esm, `${entry}.js`)));
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
for (const entry of entries) await compareNames(entry);
