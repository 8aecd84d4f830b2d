import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import ts from 'typescript';

const root = new URL('../../../', import.meta.url).pathname;

/** The TypeScript blocks of a page, in order. */
function codeBlocks(page: string): string[] {
  return [...readFileSync(root + page, 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code);
}

/** What the compiler says of a file that only exists in memory, beside the tests. */
function compile(path: string, code: string): string[] {
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile) as { config: object };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (name) => name === path || fileExists(name);
  host.readFile = (name) => (name === path ? code : readFile(name));
  host.getSourceFile = (name, ...rest) =>
    name === path ? ts.createSourceFile(name, code, ts.ScriptTarget.ES2022) : getSourceFile(name, ...rest);
  const program = ts.createProgram([path], { ...options, noUnusedLocals: false }, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

const blocks = codeBlocks('README.md');
const pages = ['docs/strategies.md'].flatMap((page) =>
  codeBlocks(page).map((code, index) => [`${page} ${index + 1}`, code] as const),
);

describe('the five-minute tour', () => {
  it('has the three uses', () => {
    expect(blocks).toHaveLength(3);
  });

  it.each(blocks.map((code, index) => [index + 1, code] as const))(
    'compiles: block %i',
    (number, code) => {
      expect(compile(`${root}test/tour-${number}.ts`, code)).toEqual([]);
    },
    60_000,
  );

  it.each(pages)(
    'compiles: %s',
    (_block, code) => expect(compile(`${root}test/page.ts`, code)).toEqual([]),
    60_000,
  );

  it('tells of a fallback that the class does not have, or that does not fit', () => {
    const wrong = (use: string) =>
      `import { Fallback } from 'nestjs-breakwater';
       export class A {
         @Fallback(${use}) async run(id: string): Promise<number> { return id.length; }
         other(_error: unknown, id: number): number { return id; }
         mine(_error: unknown, id: string): number { return id.length; }
       }`;
    const told = ["'nowhere'", "'other'", '(_error: unknown, id: number) => id', "'mine'", '() => 1'].map(
      (use) => compile(`${root}test/wrong-fallback.ts`, wrong(use)).length > 0,
    );
    expect(told).toEqual([true, true, true, false, false]);
  }, 120_000);

  it('would tell of an example that does not compile', () => {
    const wrong =
      "import { Retryable } from 'nestjs-breakwater';\nexport class A { @Retryable() sync(): number { return 1; } }";
    expect(compile(`${root}test/wrong.ts`, wrong)).not.toEqual([]);
  }, 60_000);
});
