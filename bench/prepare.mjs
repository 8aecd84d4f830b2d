// Installs what the bench compares with, if it is missing or not what the lock file says.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

function isInstalled() {
  const { packages } = JSON.parse(readFileSync(here('package-lock.json'), 'utf8'));
  return Object.entries(packages).every(([path, { version }]) => {
    if (path === '') return true;
    const manifest = here(`${path}/package.json`);
    return existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version === version;
  });
}

if (!isInstalled()) {
  const shell = process.platform === 'win32';
  const { status } = spawnSync('npm', ['ci', '--prefix', 'bench'], {
    cwd: here('..'),
    stdio: 'inherit',
    shell,
  });
  process.exitCode = status ?? 1;
}
