import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { compileSnippets } from '../../support/compile-snippets.js';

const root = new URL('../../../', import.meta.url).pathname;

/** The TypeScript blocks of a page, in order. */
function codeBlocks(page: string): string[] {
  return [...readFileSync(root + page, 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code);
}

const compile = (files: ReadonlyMap<string, string>) => compileSnippets(files, ['recipe-packages.d.ts']);

const pages = [
  'README.md',
  ...readdirSync(`${root}docs`, { recursive: true }).map((file) => `docs/${String(file)}`),
]
  .filter((page) => page.endsWith('.md'))
  .sort();

/** A block that begins with the name of its file has that name, so that others of its page can import it. */
const nameOf = (code: string) => /^\/\/ (src\/\S+\.ts)\n/.exec(code)?.[1];

const blocks = new Map(
  pages.flatMap((page) =>
    codeBlocks(page).map((code, index) => [
      `${root}test/${page.replace(/\W+/g, '-')}/${nameOf(code) ?? `block-${index + 1}.ts`}`,
      code,
    ]),
  ),
);

describe('the code in README.md and docs', () => {
  it('compiles, every block', () => {
    expect(compile(blocks)).toEqual([]);
  }, 120_000);

  it('has the three uses of the five-minute tour', () => {
    expect(codeBlocks('README.md')).toHaveLength(3);
  });

  it.each(['getting-started', 'recipes', 'backoff'])('has examples on the page %s', (page) => {
    expect(codeBlocks(`docs/${page}.md`)).not.toEqual([]);
  });

  it('would tell of an example that does not compile', () => {
    const wrong =
      "import { Retryable } from 'nestjs-breakwater';\nexport class A { @Retryable() sync(): number { return 1; } }";
    expect(compile(new Map([[`${root}test/wrong.ts`, wrong]]))).not.toEqual([]);
  }, 60_000);

  it('would tell of a fallback that the class does not have, or that does not fit', () => {
    const wrong = (use: string) =>
      `import { Fallback } from 'nestjs-breakwater';
       export class A {
         @Fallback(${use}) async run(id: string): Promise<number> { return id.length; }
         other(_error: unknown, id: number): number { return id; }
         mine(_error: unknown, id: string): number { return id.length; }
       }`;
    const uses = ["'nowhere'", "'other'", '(_error: unknown, id: number) => id', "'mine'", '() => 1'];
    const files = uses.map((use, index) => [`${root}test/fallback-${index}.ts`, wrong(use)] as const);
    const told = compile(new Map(files));
    const isTold = files.map((_, index) => told.some((line) => line.startsWith(`test/fallback-${index}.ts`)));
    expect(isTold).toEqual([true, true, true, false, false]);
  }, 120_000);
});
