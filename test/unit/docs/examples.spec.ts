import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { compileSnippets } from '../../support/compile-snippets.js';

const root = new URL('../../../', import.meta.url).pathname;
const folders = ['chaos', 'testing', 'opentelemetry', 'prometheus'];
const entries = ['nestjs-breakwater', ...folders.map((folder) => `nestjs-breakwater/${folder}`)];
const files = [`${root}lib/index.ts`, ...folders.map((folder) => `${root}lib/${folder}/index.ts`)];

interface Exported {
  readonly name: string;
  /** The door by which users come to it. */
  readonly entry: string;
  readonly isValue: boolean;
  readonly examples: readonly string[];
}

/**
 * The examples in the TSDoc of a declaration and of its members; from the text, because TypeScript takes a decorator in an
 * example for a tag.
 */
function examplesOf(declaration: ts.Declaration): string[] {
  const members = ts.isClassDeclaration(declaration) ? declaration.members : [];
  return [declaration, ...members]
    .flatMap((node) => ts.getJSDocCommentsAndTags(node))
    .filter(ts.isJSDoc)
    .map((comment) => comment.getText().replace(/^ *\* ?/gm, ''))
    .flatMap((text) => [...text.matchAll(/^@example\n```ts\n([\s\S]*?)```/gm)].map(([, code]) => code));
}

function readExports(): Exported[] {
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile) as { config: object };
  const program = ts.createProgram(files, ts.parseJsonConfigFileContent(config, ts.sys, root).options);
  const checker = program.getTypeChecker();
  return files.flatMap((file, index) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(file) as ts.SourceFile) as ts.Symbol;
    return checker.getExportsOfModule(module).map((symbol) => {
      const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
      const { flags, declarations = [] } = isAlias ? checker.getAliasedSymbol(symbol) : symbol;
      const isValue = (flags & ts.SymbolFlags.Value) !== 0;
      const examples = declarations.flatMap(examplesOf);
      return { name: symbol.name, entry: entries[index], isValue, examples };
    });
  });
}

const exported = readExports();
// what several doors have is taken from the last one
const byName = new Map(exported.map((one) => [one.name, one]));
const importsOf = (door: string) =>
  [...byName.values()]
    .filter(({ entry }) => entry === door)
    .map(({ name, isValue }) => (isValue ? name : `type ${name}`));
const prelude = [
  ...entries.map((entry) => `import { ${importsOf(entry).join(', ')} } from '${entry}';`),
  "import { Controller, Get, Header, Module, NotFoundException } from '@nestjs/common';",
  "import { APP_FILTER } from '@nestjs/core';",
  "import { Test } from '@nestjs/testing';",
  "import { map } from 'rxjs';",
  "import { Agent } from 'undici';",
  "import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';",
  '',
].join('\n');

describe('the examples in the TSDoc of what is exported', () => {
  it('exist for every class and function', () => {
    // an abstract notion: its two registries have examples
    const without = exported.filter(({ isValue, examples }) => isValue && examples.length === 0);
    expect(without.map(({ name }) => name)).toEqual(['StateRegistry']);
  });

  it('compile', () => {
    const snippets = exported.flatMap(({ name, examples }, place) =>
      examples.map(
        (code, index) => [`${root}test/example-${place}-${name}-${index}.ts`, prelude + code] as const,
      ),
    );
    expect(snippets.length).toBeGreaterThan(40);
    const complaints = compileSnippets(new Map(snippets), ['example-context.d.ts']);
    // the examples that narrow names narrow them for the sources of the library too
    expect(complaints.filter((complaint) => !complaint.startsWith('lib/'))).toEqual([]);
  }, 120_000);
});
