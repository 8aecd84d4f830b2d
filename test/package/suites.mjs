import { dirname } from 'node:path';
import { nest11Copy } from './nest-11-copy.mjs';
import { run } from './process.mjs';
import { root } from './yard.mjs';

const jest = (node, cwd) =>
  run(
    node,
    ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'],
    { cwd, minutes: 10, env: { PATH: `${dirname(node)}:${process.env.PATH}` } },
  );

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
