// A yard is a folder with the packed library and one version of Nest installed; applications are built in it.
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npm } from './process.mjs';

export const root = fileURLToPath(new URL('../../', import.meta.url));

const nest = (version) => ({
  '@nestjs/common': version,
  '@nestjs/core': version,
  '@nestjs/platform-express': version,
  'reflect-metadata': '^0.2.2',
  rxjs: '^7.8.2',
});
const tools = {
  'nest-11': { typescript: '~5.9.3', jest: '^30.5.2', 'ts-jest': '^29.4.15' },
  'nest-12': {
    typescript: '~6.0.3',
    jest: '^30.5.2',
    'ts-jest': '^29.4.15',
    esbuild: '^0.28.2',
    vitest: '^4.0.0',
    '@swc/core': '^1.16.22',
    'unplugin-swc': '^2.0.0',
  },
};
const copiesOfUndici = {
  undici6: 'npm:undici@^6.0.0',
  undici7: 'npm:undici@^7.0.0',
  undici8: 'npm:undici@^8.0.0',
};
/** The two lines of the OpenTelemetry SDK: an API of one is refused by the other. */
const telemetry = {
  sdk2: {
    '@opentelemetry/api': '~1.9.1',
    '@opentelemetry/sdk-node': '^0.223.0',
  },
  sdk3: {
    '@opentelemetry/api': '~1.10.0',
    '@opentelemetry/sdk-node': '^0.301.0',
  },
};
const prometheus = { 'prom-client': '^15.1.3', '@willsoto/nestjs-prometheus': '^6.1.1' };
const caching = { 'http-cache-semantics': '^4.2.0' };
const frameworks = {
  'nest-11': {
    ...nest('^11.0.0'),
    '@nestjs/terminus': '^11.0.0',
    ...caching,
    ...telemetry.sdk2,
    ...prometheus,
  },
  'nest-12': {
    ...nest('^12.0.0'),
    '@nestjs/terminus': '^12.0.0',
    ...copiesOfUndici,
    ...caching,
    ...telemetry.sdk3,
    ...prometheus,
  },
};

/** Packs the library as npm would publish it; what is built has to be there. */
export async function pack(folder) {
  if (!existsSync(join(root, 'dist/cjs/index.js'))) throw new Error('Nothing is built: npm run build');
  const said = await npm(['pack', '--json', '--pack-destination', folder], { cwd: root });
  const [{ filename, size, entryCount }] = Object.values(JSON.parse(said.slice(said.search(/^[[{]/m))));
  console.log(`packed ${filename}: ${(size / 1024).toFixed(0)} KB, ${entryCount} files`);
  return join(folder, filename);
}

/** Installs a yard; a quick one installs the framework only and takes the tools of this repository. */
export async function layOut(name, { folder, tarball, isQuick }) {
  const yard = join(folder, name);
  mkdirSync(yard, { recursive: true });
  const dependencies = {
    'nestjs-breakwater': `file:${tarball}`,
    ...frameworks[name],
    '@types/node': '^20.19.43',
    ...(isQuick ? {} : tools[name]),
  };
  const overrides = { 'unrs-resolver': '1.12.2' };
  writeFileSync(join(yard, 'package.json'), JSON.stringify({ private: true, dependencies, overrides }));
  await npm(['install', '--prefer-offline'], { cwd: yard });
  if (isQuick) borrowTools(join(yard, 'node_modules'));
  return yard;
}

/** Links each package of this repository that the yard does not have. */
function borrowTools(target) {
  const own = join(root, 'node_modules');
  const names = readdirSync(own).flatMap((name) =>
    name.startsWith('@') ? readdirSync(join(own, name)).map((scoped) => `${name}/${scoped}`) : [name],
  );
  for (const name of names) {
    // of the framework only what has been installed: a borrowed part would bring the other version
    if (name.startsWith('.') || name.startsWith('@nestjs/') || existsSync(join(target, name))) continue;
    mkdirSync(dirname(join(target, name)), { recursive: true });
    symlinkSync(join(own, name), join(target, name), 'junction');
  }
}

/** The version of a package that a yard really has. */
export function versionIn(yard, name) {
  const file = join(yard, 'node_modules', name, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined;
}
