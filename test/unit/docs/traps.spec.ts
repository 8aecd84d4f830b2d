import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';

const root = new URL('../../../', import.meta.url).pathname;

/** The tests of a file, by the text of each `it`. */
function testsOf(file: string): string[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(`${root}test/traps/${file}`, 'utf8'),
    ts.ScriptTarget.ES2022,
  );
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && /^it\b/.test(node.expression.getText(source))) {
      const [name] = node.arguments;
      if (name && ts.isStringLiteral(name)) names.push(`${file}: ${name.text}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return names;
}

/** What the last column of a table says, row by row. */
function lastColumn(page: string): string[] {
  const rows = readFileSync(root + page, 'utf8').match(/^\|.*\|$/gm) ?? [];
  return rows.slice(2).map((row) => row.split('|').at(-2)?.trim() ?? '');
}

const answers = lastColumn('docs/traps.md');
const named = answers.filter((answer) => answer.startsWith('`')).map((answer) => answer.replace(/`/g, ''));
const existing = readdirSync(`${root}test/traps`).flatMap(testsOf);

describe('the table of traps', () => {
  it('names no test twice, and only tests that exist', () => {
    expect(named.filter((name, index) => named.indexOf(name) !== index)).toEqual([]);
    expect(named.filter((name) => !existing.includes(name))).toEqual([]);
  });

  it('names every test of test/traps', () => {
    expect(existing.length).toBeGreaterThan(50);
    expect(existing.filter((name) => !named.includes(name))).toEqual([]);
  });

  it('says of every other trap why it cannot apply', () => {
    const others = answers.filter((answer) => !answer.startsWith('`'));
    expect(others.filter((answer) => !/^cannot apply: .{10,}$/.test(answer))).toEqual([]);
  });
});
