import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { speedTable } from '../../../docs/generate/speed-table.mjs';
import { fill } from '../../../simulate/markdown.mjs';

const root = new URL('../../../', import.meta.url).pathname;
const read = (path: string) => readFileSync(root + path, 'utf8');

describe('what README.md says of speed', () => {
  it('is what `npm run docs:speed` makes of bench/RESULTS.md', () => {
    const page = read('README.md');
    expect(fill(page, 'speed', speedTable(read('bench/RESULTS.md')))).toBe(page);
  });

  it('cannot be made of results that lack a case', () => {
    const lacking = read('bench/RESULTS.md').replaceAll('cockatiel wrap(retry, breaker)', 'another library');
    expect(() => speedTable(lacking)).toThrow("no 'cockatiel wrap(retry, breaker)'");
  });
});
