import { describe, expect, it } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { fetchTables } from '../../../docs/generate/fetch-table.mjs';
import { fill } from '../../../simulate/markdown.mjs';
import { fetchBehaviours } from '../../support/fetch-behaviours/index.js';

const path = new URL('../../../docs/fetch.md', import.meta.url).pathname;

/** `npm run docs:fetch` writes the page. */
const isWriting = process.env.WRITE_FETCH_PAGE === '1';

describe('docs/fetch.md', () => {
  it('has the tables that `npm run docs:fetch` makes of the behaviours in the tests', () => {
    const page = readFileSync(path, 'utf8');
    const current = fill(page, 'behaviours', fetchTables(fetchBehaviours));
    if (isWriting) writeFileSync(path, current);
    else expect(page).toBe(current);
  });

  it('has enough behaviours, each with a name of its own, and a reason for each difference', () => {
    const all = Object.values(fetchBehaviours).flat();
    expect(all.length).toBeGreaterThan(150);
    for (const behaviours of Object.values(fetchBehaviours))
      expect(new Set(behaviours.map(({ name }) => name)).size).toBe(behaviours.length);
    for (const { differs } of all) if (differs) expect(differs.reason).not.toBe('');
  });
});
