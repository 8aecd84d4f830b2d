import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { fileURLToPath } from 'node:url';

/** What the compiler says of a folder; an `@ts-expect-error` without an error is one too. */
function complaintsOf(folder: string): string[] {
  const root = fileURLToPath(new URL(`${folder}/`, import.meta.url));
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, (file) => ts.sys.readFile(file)) as {
    config: unknown;
  };
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  expect(fileNames.length).toBeGreaterThan(0);
  const program = ts.createProgram(fileNames, options);
  const complaints = fileNames.flatMap((file) =>
    ts.getPreEmitDiagnostics(program, program.getSourceFile(file)),
  );
  return complaints.map(({ file, start = 0, messageText }) => {
    const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
    return `${file?.fileName ?? ''}:${line} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
}

describe('the types', () => {
  it('accept what is meant and refuse what is not', () => {
    expect(complaintsOf('plain')).toEqual([]);
  }, 60_000);

  it('know policies and durations more closely where an application declares them', () => {
    expect(complaintsOf('augmented')).toEqual([]);
  }, 60_000);
});
