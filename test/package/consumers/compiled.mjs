// Applications that tsc compiles and Node runs.
import { packageJson, tsconfig } from '../compile.mjs';

const sources = {
  'src/main.ts': 'main.ts',
  'src/scenario.ts': 'scenario.ts',
  'one-copy.mjs': 'one-copy.mjs',
};
const steps = [
  ['tsc', '-p', '.'],
  ['node', 'dist/main.js'],
  ['node', 'one-copy.mjs'],
];

const compiled = (yard, name, type, options, isQuick = false) => ({
  name,
  yard,
  isQuick,
  uses: ['typescript'],
  sources,
  files: { 'package.json': packageJson(type), 'tsconfig.json': tsconfig(options) },
  steps,
});

export default [
  compiled(
    'nest-11',
    'CommonJS app, classic resolution (`node10`)',
    'commonjs',
    // what `nest new` of Nest 11 gave for years
    { module: 'commonjs', moduleResolution: 'node10', esModuleInterop: true, skipLibCheck: true },
  ),
  compiled('nest-11', 'CommonJS app, `nodenext`', 'commonjs', { skipLibCheck: true }, true),
  compiled('nest-11', 'CommonJS app, `node16`', 'commonjs', { module: 'node16', skipLibCheck: true }),
  compiled('nest-12', 'ESM app, `nodenext`', 'module', { skipLibCheck: true }, true),
  compiled('nest-12', 'ESM app, `node16`', 'module', { module: 'node16', skipLibCheck: true }),
  compiled('nest-12', 'CommonJS app, `nodenext`', 'commonjs', { skipLibCheck: true }),
  compiled('nest-12', 'declarations checked too (`skipLibCheck: false`)', 'module', { skipLibCheck: false }),
];
