import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { errorsPage } from '../../../docs/generate/errors-page.mjs';
import { DOMAINS } from '../../../lib/failures/domains.js';

// tests run in the root of the repository, also where they were compiled into another folder
const page = readFileSync('docs/errors.md', 'utf8');

describe('docs/errors.md', () => {
  it('is what `npm run docs:errors` makes of the rules in the code', () => {
    expect(page).toBe(errorsPage(DOMAINS));
  });

  it.each(DOMAINS.map((domain) => [domain.title, domain] as const))(
    'has every rule of %s',
    (title, { sets }) => {
      const [, section] = page.split(`### ${title}\n`);
      for (const { lines } of sets)
        for (const [meaning, keys, reason] of lines) {
          expect(meaning).toMatch(/^(T|TI|PS|PI|U)$/);
          expect(reason).not.toBe('');
          for (const key of keys.split(' '))
            expect(section.replaceAll('_', ' ')).toContain(`\`${key.replaceAll('_', ' ')}\``);
        }
    },
  );
});
