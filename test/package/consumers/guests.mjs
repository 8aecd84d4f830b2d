// Applications that bring a dispatcher, or nothing of HTTP at all.
import { packageJson, tsconfig } from '../compile.mjs';

const formats = ['esm', 'cjs'];
const cases = ['import', 'decorators', 'injection', 'request', 'global', 'missing'];

export default [
  {
    name: 'undici is loaded late, and no global changed',
    yard: 'nest-12',
    isQuick: true,
    uses: [],
    sources: { 'good-guest.mjs': 'good-guest.mjs' },
    files: { 'package.json': packageJson('module') },
    steps: formats.flatMap((format) => [
      ...cases.map((name) => ['node', 'good-guest.mjs', name, format]),
      ['node', 'good-guest.mjs', 'injection', format, 'named'],
    ]),
  },
  {
    name: 'answers that are kept by their headers',
    yard: 'nest-12',
    isQuick: true,
    uses: ['http-cache-semantics'],
    sources: { 'kept-answers.mjs': 'kept-answers.mjs' },
    files: { 'package.json': packageJson('module') },
    steps: formats.map((format) => ['node', 'kept-answers.mjs', format]),
  },
  {
    name: 'dispatchers of undici 6, 7 and 8, and of Node',
    yard: 'nest-12',
    isQuick: true,
    uses: ['undici6', 'undici7', 'undici8'],
    sources: { 'dispatchers.mjs': 'dispatchers.mjs' },
    files: { 'package.json': packageJson('module') },
    steps: [['node', 'dispatchers.mjs']],
  },
  {
    name: 'the types of these dispatchers',
    yard: 'nest-12',
    isQuick: true,
    uses: ['undici6', 'undici7', 'undici8', 'typescript'],
    // not named as what it is: nothing of it is installed in this repository
    sources: { 'src/dispatcher-types.ts': 'dispatcher-types.ts.txt' },
    files: {
      'package.json': packageJson('module'),
      'tsconfig.json': tsconfig({ skipLibCheck: true, noEmit: true }),
    },
    steps: [['tsc', '-p', '.']],
  },
];
