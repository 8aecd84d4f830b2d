import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';

const PEERS = [
  'cockatiel',
  'opossum',
  'nestjs-resilience',
  'p-retry',
  'mollitia',
  '@nestjs/axios',
  'axios',
  'axios-retry',
];
const SHARED = ['undici', '@nestjs/common', '@nestjs/core', 'rxjs', 'reflect-metadata'];

/** The nearest installed copy: that of the bench, else that of the library's own development. */
function manifest(name) {
  const places = [`./node_modules/${name}/package.json`, `../node_modules/${name}/package.json`];
  const found = places.map((place) => new URL(place, import.meta.url)).find((place) => existsSync(place));
  return JSON.parse(readFileSync(found, 'utf8'));
}

const version = (name) => `${name} ${manifest(name).version}`;

/** Machine, versions and date. */
export function environment() {
  const own = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const [cpu] = os.cpus();
  return [
    `- Date: ${new Date().toISOString().slice(0, 10)}`,
    `- Machine: ${cpu.model.trim()}, ${os.cpus().length} cores, ${(os.totalmem() / 2 ** 30).toFixed(0)} GiB; ${os.type()} ${os.release().split('-')[0]} ${os.arch()}`,
    `- Node.js ${process.versions.node}, V8 ${process.versions.v8}`,
    `- ${own.name} ${own.version}; ${PEERS.map(version).join(', ')}`,
    `- All of them on ${SHARED.map(version).join(', ')}`,
  ];
}

/** What nestjs-resilience says it runs on. */
export const peerRange = () => manifest('nestjs-resilience').peerDependencies['@nestjs/core'];
