// npm run docs:options: writes docs/options.md from the tables of options in the code.
import { writeFileSync } from 'node:fs';
import { optionsPage } from './options-page.mjs';

const load = (path) => import(`../../dist/esm/${path}.js`);
writeFileSync(new URL('../options.md', import.meta.url), await optionsPage(load));
console.log('docs/options.md');
