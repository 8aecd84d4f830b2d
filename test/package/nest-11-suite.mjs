// `npm run test:nest11`: the library's own tests on Nest 11, in a copy; arguments go to jest.
import { spawnSync } from 'node:child_process';
import { nest11Copy } from './nest-11-copy.mjs';
import { versionIn } from './yard.mjs';

const folder = await nest11Copy();
console.log(`@nestjs/core ${versionIn(folder, '@nestjs/core')}`);
const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
const { status } = spawnSync(
  process.execPath,
  [...flags, 'node_modules/jest/bin/jest.js', ...process.argv.slice(2)],
  {
    cwd: folder,
    stdio: 'inherit',
  },
);
process.exitCode = status ?? 1;
