/** Runs what `tsc -p mutation` has compiled: transforming each file anew for each mutant would take most of the time. */
export default {
  rootDir: '..',
  testEnvironment: 'node',
  roots: ['<rootDir>/.mutated/mutation'],
  testMatch: ['**/all.spec.js'],
  transform: {},
  moduleNameMapper: {
    '^nestjs-breakwater$': '<rootDir>/.mutated/lib/index.js',
    '^nestjs-breakwater/testing$': '<rootDir>/.mutated/lib/testing/index.js',
  },
};
