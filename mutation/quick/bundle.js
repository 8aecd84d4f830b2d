import { readFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** A bundle is of no place: where a module asks for its own, it is told the one of its source. */
const ownPlace = {
  name: 'own-place',
  setup({ onLoad }) {
    onLoad({ filter: /\.spec\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const place = JSON.stringify(pathToFileURL(path).href);
      return { contents: source.replaceAll('import.meta.url', place), loader: 'ts' };
    });
  },
};

/** Makes one script of the changed code and its specs, which is run anew for each mutant. */
await build({
  entryPoints: [here('failures.js')],
  outfile: here('../../.mutated/failures.cjs'),
  bundle: true,
  // specs are imported for their side effects
  ignoreAnnotations: true,
  packages: 'external',
  platform: 'node',
  format: 'cjs',
  tsconfig: here('../../tsconfig.json'),
  alias: { '@jest/globals': here('jest-globals.js') },
  plugins: [ownPlace],
});
