import { dirname } from 'node:path';
import ts from 'typescript';

const root = new URL('../../', import.meta.url).pathname;

/**
 * What the compiler says of files that only exist in memory: one program for all of them. Packages that are not installed,
 * and what the examples in the code take for granted, are declared beside this file.
 */
export function compileSnippets(files: ReadonlyMap<string, string>, ambient: readonly string[]): string[] {
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile) as { config: object };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile, directoryExists } = host;
  const folders = new Set([...files.keys()].map(dirname));
  host.directoryExists = (name) => folders.has(name) || (directoryExists?.(name) ?? true);
  host.fileExists = (name) => files.has(name) || fileExists(name);
  host.readFile = (name) => files.get(name) ?? readFile(name);
  host.getSourceFile = (name, ...rest) => {
    const code = files.get(name);
    return code === undefined
      ? getSourceFile(name, ...rest)
      : ts.createSourceFile(name, code, ts.ScriptTarget.ES2022);
  };
  const rootNames = [...files.keys(), ...ambient.map((file) => `${root}test/support/${file}`)];
  const program = ts.createProgram(rootNames, { ...options, noUnusedLocals: false }, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(
      ({ file, messageText }) =>
        `${file?.fileName.slice(root.length)}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
    );
}
