import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';

const LIB = new URL('../../lib/', import.meta.url);

/**
 * The tables of options as they are written in `lib`: what each option's TSDoc says, by the name of the table.
 * A property is `{ key, doc, refersTo, place }`, `place` being where it stands; a spread of another table is `{ spread }`.
 * A strategy of the table `strategies` refers to its table of options: `retry` to `retryRules`.
 */
export function declaredTables() {
  const tables = new Map();
  for (const file of optionFiles()) {
    const source = ts.createSourceFile(
      file,
      readFileSync(new URL(file, LIB), 'utf8'),
      ts.ScriptTarget.ES2022,
      true,
    );
    for (const statement of source.statements.filter(ts.isVariableStatement)) {
      for (const { name, initializer } of statement.declarationList.declarations) {
        const literal = initializer && withoutTypes(initializer);
        if (!literal || !ts.isObjectLiteralExpression(literal)) continue;
        tables.set(name.text, { module: file.replace(/\.ts$/, ''), properties: propertiesOf(literal) });
      }
    }
  }
  for (const property of tables.get('strategies').properties) property.refersTo = `${property.key}Rules`;
  forgetOtherNames(tables);
  return tables;
}

/** `keyRule` in `idempotencyKey: keyRule` is a rule and no table. */
function forgetOtherNames(tables) {
  for (const property of [...tables.values()].flatMap(({ properties }) => properties))
    if (!tables.has(property.refersTo)) property.refersTo = undefined;
}

function optionFiles() {
  return readdirSync(LIB, { recursive: true })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.options.ts') || path === 'strategies/keyed-state.ts')
    .sort();
}

function withoutTypes(node) {
  const isWrapped = ts.isSatisfiesExpression(node) || ts.isAsExpression(node);
  return isWrapped ? withoutTypes(node.expression) : node;
}

function propertiesOf(literal) {
  return literal.properties.map((property) =>
    ts.isSpreadAssignment(property)
      ? { spread: property.expression.getText() }
      : {
          key: property.name.getText(),
          doc: docOf(property),
          refersTo: tableIn(property),
          place: placeOf(property),
        },
  );
}

function docOf(property) {
  const [doc] = ts.getJSDocCommentsAndTags(property);
  return doc ? (ts.getTextOfJSDocComment(doc.comment) ?? '').replace(/\s+/g, ' ').trim() : '';
}

function placeOf({ name }) {
  const source = name.getSourceFile();
  return { file: source.fileName, ...source.getLineAndCharacterOfPosition(name.getStart()) };
}

/** Functions that make one option of a table. */
const GROUPS = new Set(['group', 'tlsGroup']);

/** `budgetRules` of `budget: group(budgetRules)` and of `retry: retryRules`. */
function tableIn({ name, initializer = name }) {
  if (ts.isIdentifier(initializer)) return initializer.text;
  const isGroup = ts.isCallExpression(initializer) && GROUPS.has(initializer.expression.getText());
  return isGroup ? initializer.arguments[0].getText() : undefined;
}
