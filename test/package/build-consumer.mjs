import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bin } from './compile.mjs';
import { run } from './process.mjs';

const sourcesFolder = fileURLToPath(new URL('sources/', import.meta.url));

/** Writes an application into its yard. */
export function write(consumer, yard) {
  const app = join(yard, 'apps', consumer.name.replace(/[^A-Za-z0-9]+/g, '-'));
  for (const [file, source] of Object.entries(consumer.sources)) {
    mkdirSync(dirname(join(app, file)), { recursive: true });
    cpSync(join(sourcesFolder, source), join(app, file));
  }
  for (const [file, text] of Object.entries(consumer.files)) writeFileSync(join(app, file), text);
  return app;
}

/** Runs its steps with one version of Node. */
export async function runSteps(consumer, { app, yard, node }) {
  for (const [tool, ...args] of consumer.steps) {
    const start = tool === 'node' ? [] : [join(yard, 'node_modules', bin[tool])];
    await run(node, [...(consumer.flags ?? []), ...start, ...args], {
      cwd: app,
      env: { PATH: `${dirname(node)}:${process.env.PATH}` },
    });
  }
}
