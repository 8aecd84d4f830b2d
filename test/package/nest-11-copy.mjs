import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { npm } from './process.mjs';
import { root } from './yard.mjs';

const LEFT_OUT = ['node_modules', '.git', 'coverage', 'mutation'];
/** The first major version of each package that belongs to Nest 11, where it is not 11. */
const OTHER_MAJORS = {
  '@nestjs/apollo': 13,
  '@nestjs/event-emitter': 3,
  '@nestjs/graphql': 13,
  '@nestjs/schedule': 6,
};

let copy;

/** This repository on Nest 11, in a temporary folder that goes when the process does. */
export function nest11Copy() {
  copy ??= make();
  return copy;
}

async function make() {
  const folder = mkdtempSync(join(tmpdir(), 'breakwater-nest-11-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  cpSync(root, folder, { recursive: true, filter: (file) => !LEFT_OUT.includes(basename(file)) });
  await npm(['ci', '--prefer-offline'], { cwd: folder });
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const nest = Object.keys(devDependencies)
    .filter((name) => name.startsWith('@nestjs/') && name !== '@nestjs/cli')
    .map((name) => `${name}@${OTHER_MAJORS[name] ?? 11}`);
  await npm(['install', '--no-save', '--prefer-offline', ...nest], { cwd: folder });
  return folder;
}
