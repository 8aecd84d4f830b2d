// npm run docs:options: writes docs/options.md, and the tables of other pages, from the tables of options in the code.
import { readFileSync, writeFileSync } from 'node:fs';
import { fill } from '../../simulate/markdown.mjs';
import { optionsPage, optionsTable, PAGES } from './options-page.mjs';

const root = new URL('../../', import.meta.url);
const load = (path) => import(`../../dist/modules/${path}.js`);

function write(path, text) {
  writeFileSync(new URL(path, root), text);
  console.log(path);
}

write('docs/options.md', await optionsPage(load));
for (const [strategy, path] of Object.entries(PAGES)) {
  const page = readFileSync(new URL(path, root), 'utf8');
  write(path, fill(page, 'options', await optionsTable(load, strategy)));
}
