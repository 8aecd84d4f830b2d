import { readFileSync } from 'node:fs';
import ts from 'typescript';

export const parse = (text, name = 'file.js') =>
  ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true);

/** The named imports of a module: `{ names, from }`. */
export function importsFrom(file) {
  return parse(readFileSync(file, 'utf8'))
    .statements.filter(ts.isImportDeclaration)
    .map(({ importClause, moduleSpecifier }) => ({
      names: (importClause?.namedBindings?.elements ?? []).map(
        ({ name, propertyName = name }) => propertyName.text,
      ),
      from: moduleSpecifier.text,
    }));
}

/** The names that an index exports from other modules, one by one. */
export function namesExportedBy(text) {
  return parse(text)
    .statements.filter(ts.isExportDeclaration)
    .flatMap(({ exportClause }) => {
      if (!exportClause) throw new Error('The index names what it exports: no `export *`');
      return exportClause.elements.map(({ name }) => name.text);
    });
}
