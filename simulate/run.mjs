// npm run simulate: draws the pictures of the docs and fills the tables of docs/backoff.md; the same bytes every time.
import { readFileSync, writeFileSync } from 'node:fs';
import { measure, PAGE, publish } from './publish.mjs';

const root = new URL('../', import.meta.url);
const files = publish(await measure(), readFileSync(new URL(PAGE, root), 'utf8'));
for (const [path, content] of Object.entries(files)) {
  writeFileSync(new URL(path, root), content);
  console.log(path);
}
