import { readdirSync } from 'node:fs';
import { describe } from '@jest/globals';

/** The unit specs of what is mutated, and of what the engine works with. */
const UNITS = ['failures', 'policy', 'strategies', 'pipeline', 'runtime'];

/** Whole calls on a clock that is moved by hand; specs that open sockets or start processes take too long here. */
const CALLS = [
  'fallbacks',
  'nested-calls',
  'nested-deadlines',
  'retry',
  'shutdown',
  'strategies',
  'streams',
  'update',
];

/** The same for containers of Nest. */
const CONTAINERS = ['handlers', 'instances', 'modules'];

function specsIn(folder: string): string[] {
  const files = readdirSync(new URL(folder, import.meta.url), { recursive: true }) as string[];
  return files
    .filter((file) => file.endsWith('.spec.js'))
    .sort()
    .map((file) => folder + file);
}

/** Jest's record of the tests: a hook or a test joins the block that is being described. */
const state = Object.getOwnPropertySymbols(globalThis)
  .filter(({ description }) => description === 'JEST_STATE_SYMBOL')
  .map((symbol) => (globalThis as unknown as Record<symbol, { currentDescribeBlock: unknown }>)[symbol])[0];

/** Loads a spec as if it stood in a `describe`, which cannot await an import: its hooks are for its own tests only. */
async function load(spec: string): Promise<void> {
  const root = state.currentDescribeBlock;
  let block = root;
  describe(spec, () => void (block = state.currentDescribeBlock));
  state.currentDescribeBlock = block;
  await import(spec);
  state.currentDescribeBlock = root;
}

/**
 * All specs that may notice a mutant, as one: what they import is then loaded once for a mutant, not once for each
 * of them, which would take most of the time.
 */
for (const spec of [
  ...UNITS.flatMap((folder) => specsIn(`../test/unit/${folder}/`)),
  '../test/unit/docs/errors.spec.js',
  ...CALLS.map((name) => `../test/integration/${name}.spec.js`),
  ...CONTAINERS.map((name) => `../test/nest/${name}.spec.js`),
])
  await load(spec);
