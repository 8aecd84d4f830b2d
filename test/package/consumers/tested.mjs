// Applications whose test runner compiles and runs them.
import { packageJson, tsconfig } from '../compile.mjs';

const sources = { 'src/scenario.ts': 'scenario.ts', 'src/scenario.spec.ts': 'scenario.test.ts' };
const relative = { '^(\\.{1,2}/.*)\\.js$': '$1' };

// the jest section of a `nest new` application, but for the relative imports' extension
const defaultJest = {
  moduleFileExtensions: ['js', 'json', 'ts'],
  rootDir: 'src',
  testRegex: '.*\\.spec\\.ts$',
  transform: { '^.+\\.(t|j)s$': 'ts-jest' },
  testEnvironment: 'node',
  moduleNameMapper: relative,
};
const esmJest = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['ts-jest', { useESM: true }] },
  moduleNameMapper: relative,
};
const vitestConfig = `import swc from 'unplugin-swc';
export default {
  test: { globals: true, include: ['src/**/*.spec.ts'] },
  plugins: [swc.vite({ module: { type: 'es6' } })],
};
`;
const testOptions = { skipLibCheck: true, isolatedModules: true };

export default [
  {
    name: 'jest as `nest new` sets it up (CommonJS)',
    yard: 'nest-11',
    isQuick: true,
    uses: ['jest', 'ts-jest', 'typescript'],
    sources,
    files: {
      'package.json': packageJson('commonjs', { jest: defaultJest }),
      'tsconfig.json': tsconfig({ ...testOptions, esModuleInterop: true }),
    },
    steps: [['jest']],
  },
  {
    name: 'jest with ESM',
    yard: 'nest-12',
    isQuick: true,
    uses: ['jest', 'ts-jest', 'typescript'],
    sources,
    files: {
      'package.json': packageJson('module', { jest: esmJest }),
      'tsconfig.json': tsconfig(testOptions),
    },
    flags: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
    steps: [['jest']],
  },
  {
    name: 'vitest with SWC',
    yard: 'nest-12',
    uses: ['vitest', 'unplugin-swc', '@swc/core'],
    sources,
    files: {
      'package.json': packageJson('module'),
      'tsconfig.json': tsconfig(testOptions),
      'vitest.config.mjs': vitestConfig,
    },
    steps: [['vitest', 'run']],
  },
];
