// Makes `npm start` work on a fresh machine: installs what is missing, then builds.
import { existsSync } from 'node:fs';
import { spawnSync } from 'node:child_process';

function run(...args) {
  const { status } = spawnSync('npm', args, { stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) process.exit(status ?? 1);
}

// written last by npm: without it an install has not come to its end
if (!existsSync(new URL('../node_modules/.package-lock.json', import.meta.url))) run('ci');
run('run', '--silent', 'build');
run('run', '--silent', 'build:sample');
