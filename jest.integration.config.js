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

export default {
  testTimeout: base.testTimeout,
  projects: [compiledBy('esbuild'), compiledBy('swc')],
};
