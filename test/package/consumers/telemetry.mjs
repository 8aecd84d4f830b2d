// Applications that export their figures, with both lines of the OpenTelemetry SDK, and their health, with both of terminus.
import { packageJson, tsconfig } from '../compile.mjs';

const uses = [
  '@opentelemetry/api',
  '@opentelemetry/sdk-metrics',
  'prom-client',
  '@willsoto/nestjs-prometheus',
];

export default ['nest-11', 'nest-12'].flatMap((yard) => [
  {
    name: `figures in the OpenTelemetry SDK and in prom-client, ${yard}`,
    yard,
    isQuick: true,
    uses,
    sources: { 'telemetry.mjs': 'telemetry.mjs' },
    files: { 'package.json': packageJson('module') },
    steps: [['node', 'telemetry.mjs']],
  },
  {
    name: `the types of these exporters, ${yard}`,
    yard,
    isQuick: true,
    uses: [...uses, 'typescript'],
    // not named as what it is: prom-client and the SDK of this repository are not those of the yard
    sources: { 'src/main.ts': 'exporter-types.ts.txt' },
    files: {
      'package.json': packageJson('module'),
      'tsconfig.json': tsconfig({ skipLibCheck: true, noEmit: true }),
    },
    steps: [['tsc', '-p', '.']],
  },
  {
    name: `health over HTTP with terminus, ${yard}`,
    yard,
    isQuick: true,
    uses: ['@nestjs/terminus'],
    sources: { 'terminus.mjs': 'terminus.mjs' },
    files: { 'package.json': packageJson('module') },
    steps: [['node', 'terminus.mjs']],
  },
  {
    name: `optional peers that are missing, ${yard}`,
    yard,
    isQuick: true,
    uses: [],
    sources: { 'missing-peers.mjs': 'missing-peers.mjs' },
    files: { 'package.json': packageJson('module') },
    steps: [['node', 'missing-peers.mjs']],
  },
]);
