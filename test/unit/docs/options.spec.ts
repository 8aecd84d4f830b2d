import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { fill } from '../../../simulate/markdown.mjs';
import { strategies } from '../../../lib/strategies/policy.options.js';
import { optionsPage, optionsTable, PAGES } from '../../../docs/generate/options-page.mjs';

const root = new URL('../../../', import.meta.url).pathname;
const load = (path: string) => import(`../../../lib/${path}.js`) as Promise<unknown>;

describe('docs/options.md', () => {
  it('is what `npm run docs:options` makes of the tables in the code', async () => {
    expect(readFileSync(`${root}docs/options.md`, 'utf8')).toBe(await optionsPage(load));
  }, 60_000);

  it('has every option of every strategy, each with a meaning', async () => {
    const page = await optionsPage(load);
    const rows = page.match(/^\| `.*$/gm) ?? [];
    for (const { rules } of Object.values(strategies))
      for (const option of Object.keys(rules))
        expect(rows.filter((row) => row.startsWith(`| \`${option}\``))).not.toEqual([]);
    expect(rows.filter((row) => /\|\s*\|$/.test(row))).toEqual([]);
  });
});

describe('the pages about a strategy', () => {
  it.each(Object.entries(PAGES))('have the table of %s from the code: %s', async (strategy, path) => {
    const page = readFileSync(root + path, 'utf8');
    expect(fill(page, 'options', await optionsTable(load, strategy))).toBe(page);
  });
});
