// The subpaths of the package, such as 'nestjs-breakwater/testing': one line each in subpaths.json. The line of '.' has the
// optional peers of 'nestjs-breakwater' itself.
//   folder   of its index.ts in lib/; default: its name
//   peers    packages that only this subpath needs, with their versions; they become optional peer dependencies
//   limit    KB of it and the core, minified and gzipped
// `npm run subpaths` writes what follows from the table into package.json and tsconfig.json; a test fails where that is missing.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const { '.': index, ...table } = JSON.parse(readFileSync(new URL('subpaths.json', import.meta.url), 'utf8'));

/** All subpaths: `{ name, folder, peers, limit }`. */
export const subpaths = Object.entries(table).map(([name, { folder = name, peers = {}, limit }]) => ({
  name,
  folder,
  peers,
  limit,
}));

/** All packages that are optional peers, with their versions. */
export const optionalPeers = Object.assign({}, index.peers, ...subpaths.map(({ peers }) => peers));

/** The entries of the package, without their extension: the index, then one for each subpath. */
export const entries = ['index', ...subpaths.map(({ folder }) => `${folder}/index`)];

/** The conditions of one entry: Node's require() and import share one copy where Node knows `module-sync`. */
function conditions(entry) {
  const of = (format) => ({
    types: `./dist/${format}/${entry}.d.ts`,
    default: `./dist/${format}/${entry}.js`,
  });
  return { 'module-sync': of('esm'), import: of('esm'), require: of('cjs') };
}

function packageJson(json) {
  const peers = optionalPeers;
  const optional = Object.keys(json.peerDependenciesMeta ?? {});
  const kept = Object.entries(json.peerDependencies).filter(([name]) => !optional.includes(name));
  const { peerDependenciesMeta: _, ...rest } = json;
  const all = Object.entries({
    ...rest,
    exports: {
      '.': conditions('index'),
      ...Object.fromEntries(subpaths.map(({ name, folder }) => [`./${name}`, conditions(`${folder}/index`)])),
      './package.json': './package.json',
    },
    typesVersions: {
      '*': Object.fromEntries(
        subpaths.map(({ name, folder }) => [name, [`./dist/cjs/${folder}/index.d.ts`]]),
      ),
    },
    peerDependencies: sorted({ ...Object.fromEntries(kept), ...peers }),
  });
  const meta = Object.fromEntries(Object.keys(sorted(peers)).map((name) => [name, { optional: true }]));
  const at = all.findIndex(([key]) => key === 'peerDependencies') + 1;
  if (Object.keys(meta).length > 0) all.splice(at, 0, ['peerDependenciesMeta', meta]);
  return Object.fromEntries(all);
}

function tsconfigJson(json) {
  const paths = [['nestjs-breakwater', ['./lib/index.ts']]];
  for (const { name, folder } of subpaths)
    paths.push([`nestjs-breakwater/${name}`, [`./lib/${folder}/index.ts`]]);
  return { ...json, compilerOptions: { ...json.compilerOptions, paths: Object.fromEntries(paths) } };
}

const sorted = (object) => Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));

/** The files that follow from the table: `{ file, found, wanted }`. */
export async function derivedFiles() {
  // not at the top: jest and the build only need the table
  const { format } = await import('prettier');
  const rewritten = { 'package.json': packageJson, 'tsconfig.json': tsconfigJson };
  return Promise.all(
    Object.entries(rewritten).map(async ([file, rewrite]) => {
      const found = readFileSync(root + file, 'utf8');
      const text = JSON.stringify(rewrite(JSON.parse(found)), null, 2);
      return { file, found, wanted: await format(text, { filepath: file, printWidth: 110 }) };
    }),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { file, found, wanted } of await derivedFiles())
    if (found !== wanted) writeFileSync(root + file, wanted);
}
