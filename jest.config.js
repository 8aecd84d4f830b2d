import { subpaths } from './scripts/subpaths.mjs';

const sourcesOfSubpaths = subpaths.map(({ name, folder }) => [
  `^nestjs-breakwater/${name}$`,
  `<rootDir>/lib/${folder}/index.ts`,
]);

export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  // one for each core: most suites wait for sockets and processes at times
  maxWorkers: '100%',
  // modules of a suite that has ended stay in the memory of its process, and each collection walks them all
  workerIdleMemoryLimit: '700MB',
  // models run thousands of calls: a busy machine needs more than the usual five seconds
  testTimeout: 30_000,
  testMatch: ['**/*.spec.ts'],
  // real drivers, SDKs and programs: `npm run test:integration`
  testPathIgnorePatterns: [
    '/node_modules/',
    ...['sdk', 'brokers', 'prometheus'].map((folder) => `<rootDir>/test/${folder}/`),
  ],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['ts-jest', { useESM: true, tsconfig: 'tsconfig.json' }] },
  moduleNameMapper: {
    '^nestjs-breakwater$': '<rootDir>/lib/index.ts',
    ...Object.fromEntries(sourcesOfSubpaths),
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
};
