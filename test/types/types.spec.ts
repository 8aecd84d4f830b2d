import { describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import ts from 'typescript';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../../', import.meta.url));

/** Where the compiler finds the library: as it is written, and as it is published. */
const PLACES = {
  sources: { 'nestjs-breakwater': `${repository}lib/index.ts` },
  declarations: { 'nestjs-breakwater': `${repository}dist/esm/index.d.ts` },
};

/** What the compiler says of a folder; an `@ts-expect-error` without an error is one too. */
function complaintsOf(folder: string, library: { 'nestjs-breakwater': string }): string[] {
  if (!existsSync(library['nestjs-breakwater'])) throw new Error('Nothing is built: npm run build');
  const root = fileURLToPath(new URL(`${folder}/`, import.meta.url));
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, (file) => ts.sys.readFile(file)) as {
    config: unknown;
  };
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  expect(fileNames.length).toBeGreaterThan(0);
  const paths = { 'nestjs-breakwater': [library['nestjs-breakwater']] };
  const program = ts.createProgram(fileNames, { ...options, paths });
  const complaints = fileNames.flatMap((file) =>
    ts.getPreEmitDiagnostics(program, program.getSourceFile(file)),
  );
  return complaints.map(({ file, start = 0, messageText }) => {
    const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
    return `${file?.fileName ?? ''}:${line} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
}

/** What readers of a complaint are told; only the published declarations have names for tables of options. */
const READABLE = [
  /'maxRetry' does not exist in type 'RetryOptions'/,
  /"the fallback takes the error and the arguments of the method, and returns what the method returns"/,
  /"a decorated async generator gives values and takes none/,
];

describe('the compiler', () => {
  it('names a wrong option, and says what a method or its fallback should be', () => {
    const complaints = complaintsOf('wrong', PLACES.declarations);
    expect(complaints).toEqual(READABLE.map((text) => expect.stringMatching(text) as unknown));
  }, 120_000);
});

describe.each(Object.entries(PLACES))('the types of the %s', (_, library) => {
  it('accept what is meant and refuse what is not', () => {
    expect(complaintsOf('plain', library)).toEqual([]);
  }, 120_000);

  it('know policies and durations more closely where an application declares them', () => {
    expect(complaintsOf('augmented', library)).toEqual([]);
  }, 120_000);
});
