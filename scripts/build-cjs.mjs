// The second half of `npm run build`: dist/cjs, for tools that do not know the `module-sync` condition.
import { rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);
const target = new URL('dist/cjs/', root);
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');

rmSync(target, { recursive: true, force: true });
const { status } = spawnSync(process.execPath, [tsc, '-p', 'lib/tsconfig.cjs.json'], {
  cwd: fileURLToPath(root),
  stdio: 'inherit',
});
if (status !== 0) process.exit(status ?? 1);
// without it Node takes the files for ESM, because the package is
writeFileSync(new URL('package.json', target), '{ "type": "commonjs", "sideEffects": false }\n');
