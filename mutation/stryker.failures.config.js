import { readFileSync } from 'node:fs';

const all = JSON.parse(readFileSync(new URL('stryker.config.json', import.meta.url), 'utf8'));

/** Mutates the rules for errors: data, which is made when its module is loaded. */
export default {
  ...all,
  mutate: ['lib/failures/**/*.ts'],
  plugins: ['@stryker-mutator/*', './mutation/quick/runner.js'],
  testRunner: 'quick',
  buildCommand: 'node mutation/quick/bundle.js',
  coverageAnalysis: 'off',
  // a busy machine kills nothing: one process, and time enough for it
  concurrency: 1,
  timeoutMS: 60_000,
  timeoutFactor: 5,
  jsonReporter: { fileName: 'mutation/reports/failures.json' },
  htmlReporter: { fileName: 'mutation/reports/failures.html' },
};
