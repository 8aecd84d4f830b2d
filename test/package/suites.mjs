import { dirname } from 'node:path';
import { nest11Copy } from './nest-11-copy.mjs';
import { run } from './process.mjs';
import { root } from './yard.mjs';

// the specs of the documentation say nothing of a version of Node or Nest, and take long; the others need drivers and programs
const IGNORED = ['unit/docs', 'types', 'sdk', 'brokers', 'prometheus'];
const JEST = ['node_modules/jest/bin/jest.js', '--testPathIgnorePatterns', `/test/(${IGNORED.join('|')})/`];

const jest = (node, cwd) =>
  run(node, ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', ...JEST], {
    cwd,
    minutes: 15,
    env: { PATH: `${dirname(node)}:${process.env.PATH}` },
  });

/** The library's own tests, on the Nest of this repository and, in a copy, on Nest 11. */
export const suites = [
  {
    yard: 'nest-11',
    name: "the library's own tests",
    uses: [],
    run: async (node) => jest(node, await nest11Copy()),
  },
  { yard: 'nest-12', name: "the library's own tests", uses: [], run: (node) => jest(node, root) },
];
