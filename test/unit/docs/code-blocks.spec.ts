import { beforeAll, describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';

const root = new URL('../../../', import.meta.url).pathname;
const pages = ['README.md', ...readdirSync(`${root}docs`).map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
);

interface Block {
  readonly page: string;
  readonly number: number;
  /** A file that only exists in memory, beside the tests. */
  readonly path: string;
  readonly code: string;
}

/** The TypeScript blocks of a page, in order. */
function codeBlocks(page: string): Block[] {
  const found = [...readFileSync(root + page, 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)];
  return found.map(([, code], index) => {
    const path = `${root}test/${page.replace(/\W/g, '-')}-${index + 1}.ts`;
    return { page, number: index + 1, path, code: `${code}\nexport {};\n` };
  });
}

const blocks = pages.flatMap(codeBlocks);

/** What the compiler says of all of them, in one program. */
function compileAll(): ts.Program {
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile) as { config: object };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  const codeOf = (name: string) => blocks.find(({ path }) => path === name)?.code;
  host.fileExists = (name) => codeOf(name) !== undefined || fileExists(name);
  host.readFile = (name) => codeOf(name) ?? readFile(name);
  host.getSourceFile = (name, ...rest) => {
    const code = codeOf(name);
    return code === undefined
      ? getSourceFile(name, ...rest)
      : ts.createSourceFile(name, code, ts.ScriptTarget.ES2022);
  };
  const paths = blocks.map(({ path }) => path);
  return ts.createProgram(paths, { ...options, noUnusedLocals: false }, host);
}

describe('the examples of the documentation', () => {
  let program: ts.Program;
  beforeAll(() => {
    program = compileAll();
  }, 60_000);

  it('are there: three in the five-minute tour, and some in the pages', () => {
    expect(blocks.filter(({ page }) => page === 'README.md')).toHaveLength(3);
    expect(blocks.length).toBeGreaterThan(8);
  });

  it.each(blocks.map((block) => [block.page, block.number, block] as const))(
    'compile: %s, block %i',
    (_page, _number, { path }) => {
      const found = ts.getPreEmitDiagnostics(program, program.getSourceFile(path));
      const texts = found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
      expect(texts).toEqual([]);
    },
    60_000,
  );
});
