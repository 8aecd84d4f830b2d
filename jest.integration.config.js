import base from './jest.config.js';

/** The specs of `test/sdk`, compiled as applications without metadata about types are. */
const compiledBy = (compiler) => ({
  displayName: compiler,
  testEnvironment: base.testEnvironment,
  roots: ['<rootDir>/test/sdk'],
  testMatch: base.testMatch,
  extensionsToTreatAsEsm: base.extensionsToTreatAsEsm,
  moduleNameMapper: base.moduleNameMapper,
  transform: {
    '/test/.+\\.ts$': `<rootDir>/test/support/compilers/${compiler}.mjs`,
    ...base.transform,
  },
});

/** The specs of `test/brokers`; Nest finds the drivers where their folder has them. */
const brokers = {
  displayName: 'brokers',
  testEnvironment: base.testEnvironment,
  roots: ['<rootDir>/test/brokers'],
  testMatch: base.testMatch,
  extensionsToTreatAsEsm: base.extensionsToTreatAsEsm,
  moduleNameMapper: base.moduleNameMapper,
  modulePaths: ['<rootDir>/test/brokers/node_modules'],
  transform: base.transform,
};

/** The specs of `test/prometheus`: the alerts and the dashboard, asked of the real programs. */
const prometheus = {
  displayName: 'prometheus',
  testEnvironment: base.testEnvironment,
  roots: ['<rootDir>/test/prometheus'],
  testMatch: base.testMatch,
  extensionsToTreatAsEsm: base.extensionsToTreatAsEsm,
  moduleNameMapper: base.moduleNameMapper,
  transform: base.transform,
};

export default {
  testTimeout: base.testTimeout,
  projects: [compiledBy('esbuild'), compiledBy('swc'), brokers, prometheus],
};
