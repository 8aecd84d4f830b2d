export { expect } from 'expect';

/** The tests that the specs have declared, in their order. */
export const tests = [];

/** The titles of the blocks that are being described. */
const blocks = [];

export function describe(title, declare) {
  blocks.push(title);
  declare();
  blocks.pop();
}

export function it(title, run) {
  tests.push({ title: [...blocks, title].join(' '), run });
}

/** Declares once for each row, with its first text in the title; a row that is no list is the only argument. */
const each = (declare) => (rows) => (title, body) => {
  for (const row of rows) {
    const values = Array.isArray(row) ? row : [row];
    const [text = ''] = values.filter((value) => typeof value === 'string');
    declare(title.replace('%s', text), () => body(...values));
  }
};

describe.each = each(describe);
it.each = each(it);
