// npm run docs:speed, also after npm run bench: puts the table of bench/RESULTS.md into README.md.
import { readFileSync, writeFileSync } from 'node:fs';
import { fill } from '../../simulate/markdown.mjs';
import { speedTable } from './speed-table.mjs';

const root = new URL('../../', import.meta.url);
const read = (path) => readFileSync(new URL(path, root), 'utf8');

writeFileSync(
  new URL('README.md', root),
  fill(read('README.md'), 'speed', speedTable(read('bench/RESULTS.md'))),
);
console.log('README.md');
