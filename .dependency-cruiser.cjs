const subpaths = Object.entries(require('./scripts/subpaths.json')).map(
  ([name, { folder = name, peers = {} }]) => ({ name, folder, peers: Object.keys(peers) }),
);
const foldersOfSubpaths = subpaths.map(({ folder }) => `^lib/${folder}/`);
const optionalPeers = [...new Set(subpaths.flatMap(({ peers }) => peers))];

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
  from: { path: `^${floor}`, pathNot: foldersOfSubpaths },
  to: { path: floors.slice(0, index + 1).map((higher) => `^${higher}`) },
}));

/** A subpath is a door of its own: nothing else imports what is behind it. */
const doors = subpaths.flatMap(({ name, folder }) => [
  {
    name: `${name}-is-a-door-of-its-own`,
    severity: 'error',
    from: { path: '^lib/', pathNot: foldersOfSubpaths },
    to: { path: `^lib/${folder}/` },
  },
  {
    name: `${name}-is-entered-by-its-door`,
    comment: 'A subpath uses another one as its users do.',
    severity: 'error',
    from: { path: foldersOfSubpaths, pathNot: `^lib/${folder}/` },
    to: { path: `^lib/${folder}/`, pathNot: `^lib/${folder}/index\\.ts$` },
  },
]);

const peersAtHome = optionalPeers.map((peer) => ({
  name: 'optional-peers-only-from-their-own-subpath',
  comment: "`import 'nestjs-breakwater'` needs none of them.",
  severity: 'error',
  from: {
    path: '^lib/',
    pathNot: subpaths.filter(({ peers }) => peers.includes(peer)).map(({ folder }) => `^lib/${folder}/`),
  },
  to: { path: `node_modules/${peer}/` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...onlyDown,
    ...doors,
    ...peersAtHome,
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
      from: { orphan: true, path: '^lib/', pathNot: foldersOfSubpaths },
      to: {},
    },
    {
      name: 'no-unreachable',
      comment:
        'What neither entry reaches is never run: a strategy, say, whose line in the table was left out.',
      severity: 'error',
      from: { path: ['^lib/index\\.ts$', ...foldersOfSubpaths.map((folder) => `${folder}index\\.ts$`)] },
      to: {
        path: '^lib/',
        pathNot: ['(^lib/|/)index\\.ts$', '^lib/decorators/all-decorators\\.ts$'],
        reachable: false,
      },
    },
    {
      name: 'no-deep-nest-imports',
      severity: 'error',
      from: { path: '^lib/' },
      to: {
        path: 'node_modules/@nestjs/[^/]+/.+',
        pathNot: 'node_modules/@nestjs/[^/]+/(dist/)?index\\.(js|d\\.ts)$',
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
        pathNot: `node_modules/(${['@types', '@nestjs', 'rxjs', 'reflect-metadata', ...optionalPeers].join('|')})`,
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.js'] },
  },
};
