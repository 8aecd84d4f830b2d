const { '.': index, ...table } = require('./scripts/subpaths.json');
const subpaths = Object.entries(table).map(([name, { folder = name, peers = {} }]) => ({
  name,
  folder,
  peers: Object.keys(peers),
}));
const foldersOfSubpaths = subpaths.map(({ folder }) => `^lib/${folder}/`);
const optionalPeers = [...new Set(subpaths.flatMap(({ peers }) => peers))];
const ownPeers = Object.keys(index.peers);

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

/** A package that the library loads when it is needed first, and where: importing the library does not load it. */
const loadedLate = ({ name, path, folder, loader }) => [
  {
    name: `${name}-is-loaded-late`,
    comment: `Importing the library loads no ${name}: types of it, and the import() in ${loader}.ts, are all.`,
    severity: 'error',
    from: { path: '^lib/' },
    to: { path, pathNot: '^lib/', dependencyTypesNot: ['type-only', 'dynamic-import'] },
  },
  {
    name: `${name}-is-loaded-in-one-place`,
    severity: 'error',
    from: { path: '^lib/', pathNot: `^${folder}${loader}\\.ts$` },
    to: { path, pathNot: '^lib/', dependencyTypes: ['dynamic-import'] },
  },
];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...onlyDown,
    ...doors,
    ...peersAtHome,
    ...loadedLate({
      name: 'undici',
      path: '(^|/)undici(/|$)',
      folder: 'lib/http/transports/undici/',
      loader: 'load-undici',
    }),
    ...loadedLate({
      name: 'http-cache-semantics',
      path: 'node_modules/(@types/)?http-cache-semantics/',
      folder: 'lib/http/client/answer/headers/',
      loader: 'load-cache-semantics',
    }),
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
        pathNot: `node_modules/(${['@types', '@nestjs', 'rxjs', 'reflect-metadata', ...optionalPeers, ...ownPeers].join('|')})`,
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
