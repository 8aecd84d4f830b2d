import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const RELATIVE = /(?:from|import)\s*\(?\s*['"](\.[^'"]+)\.js['"]/g;

/** The declaration files that a compiler reads when it starts at some. */
export function reachableDeclarations(entries) {
  const found = new Set();
  const visit = (file) => {
    if (found.has(file)) return;
    if (!existsSync(file)) throw new Error(`${file} is missing`);
    found.add(file);
    for (const [, path] of readFileSync(file, 'utf8').matchAll(RELATIVE))
      visit(join(dirname(file), `${path}.d.ts`));
  };
  entries.forEach(visit);
  return found;
}
