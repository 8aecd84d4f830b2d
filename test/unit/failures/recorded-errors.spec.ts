import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { MEANINGS, TABLE } from '../../drivers/table.mjs';
import { explainFailure } from '../../../lib/failures/explain-failure.js';
import { revive } from '../../support/revive-error.js';
import type { Shape } from '../../support/revive-error.js';

const recorded = JSON.parse(
  readFileSync(new URL('../../support/recorded-errors.json', import.meta.url), 'utf8'),
) as Record<string, Record<string, Shape>>;

/** What `npm run test:drivers` has been told by the real clients, and is told again wherever their servers run. */
describe.each(Object.entries(TABLE))('an error of %s', (client, rows) => {
  it.each(Object.entries(rows))('is judged by its shape: %s', (what, expected) => {
    const [meaning, ...rule] = expected.split(' ');
    const [kind, circuit] = MEANINGS[meaning];
    expect(explainFailure(revive(recorded[client][what]))).toEqual({ kind, circuit, rule: rule.join(' ') });
  });
});

it('every recorded error has its row', () => {
  const names = (all: Record<string, object>) =>
    Object.entries(all).flatMap(([client, rows]) => Object.keys(rows).map((what) => `${client}: ${what}`));
  expect(names(recorded).sort()).toEqual(names(TABLE).sort());
});
