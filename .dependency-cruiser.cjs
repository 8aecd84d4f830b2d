/** The floors of the house, top first; an import may only go down. */
const floors = [
  'lib/index\\.ts',
  'lib/resilience\\.module\\.ts',
  'lib/resilience\\.(service|options)\\.ts',
  'lib/decorators/',
  'lib/filter/',
  'lib/nest/',
  'lib/http/',
  'lib/runtime/',
  'lib/pipeline/',
  'lib/telemetry/',
  'lib/strategies/',
  'lib/failures/',
  'lib/policy/',
  'lib/(exceptions|events)/',
  'lib/clock/',
];

const onlyDown = floors.slice(1).map((floor, index) => ({
  name: `only-down-from-${floor.replace(/[^a-z-]/g, '')}`,
  comment: 'Imports point down the list of floors only.',
  severity: 'error',
  from: { path: `^${floor}` },
  to: { path: floors.slice(0, index + 1).map((higher) => `^${higher}`) },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...onlyDown,
    {
      name: 'undici-is-loaded-late',
      comment:
        'Importing the library loads no undici: types of it, and the import() in load-undici.ts, are all.',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: '(^|/)undici(/|$)', pathNot: '^lib/', dependencyTypesNot: ['type-only', 'dynamic-import'] },
    },
    {
      name: 'undici-is-loaded-in-one-place',
      severity: 'error',
      from: { path: '^lib/', pathNot: '^lib/http/transports/undici/load-undici\\.ts$' },
      to: { path: '(^|/)undici(/|$)', pathNot: '^lib/', dependencyTypes: ['dynamic-import'] },
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, path: '^lib/', pathNot: '^lib/testing/' },
      to: {},
    },
    {
      name: 'no-unreachable',
      comment:
        'What neither entry reaches is never run: a strategy, say, whose line in the table was left out.',
      severity: 'error',
      from: { path: '^lib/(index|testing/index)\\.ts$' },
      to: {
        path: '^lib/',
        pathNot: '^lib/(testing/)?index\\.ts$|^lib/decorators/all-decorators\\.ts$',
        reachable: false,
      },
    },
    {
      name: 'no-deep-nest-imports',
      severity: 'error',
      from: { path: '^lib/' },
      to: {
        path: 'node_modules/@nestjs/[^/]+/.+',
        pathNot: 'node_modules/@nestjs/[^/]+/index\\.(js|d\\.ts)$',
      },
    },
    {
      name: 'no-nest-below-the-runtime',
      comment: 'Time and policy know nothing of the framework.',
      severity: 'error',
      from: { path: '^lib/(clock|policy|failures|strategies|pipeline)/' },
      to: { path: 'node_modules/@nestjs/' },
    },
    {
      name: 'lib-stands-alone',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: '^(test|sample-app|bench|docs)/' },
    },
    {
      name: 'no-dev-dependencies-in-lib',
      severity: 'error',
      from: { path: '^lib/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'unknown'],
        pathNot: 'node_modules/(@types|@nestjs|rxjs|reflect-metadata)',
      },
    },
    {
      name: 'testing-is-a-door-of-its-own',
      severity: 'error',
      from: { path: '^lib/', pathNot: '^lib/testing/' },
      to: { path: '^lib/testing/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.js'] },
  },
};
