import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm, run } from './process.mjs';

/** The binary of a version of Node, installed from the registry; this process's own if it is that version. */
export async function nodeBinary(major, folder) {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const home = join(folder, `node-${major}`);
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'package.json'), '{ "private": true }');
  // the package `node` finds its binary in its install script
  await npm(['install', `node@${major}`, '--prefer-offline', '--ignore-scripts=false'], { cwd: home });
  return join(home, 'node_modules/node/bin/node');
}

export const versionOf = async (node) => (await run(node, ['-p', 'process.versions.node'])).trim();
