// The second part of `npm run build`. In the code an option is declared once, in a table, and `interface RetryOptions extends
// InputOf<typeof retryRules>` derives its type; likewise `interface PolicyOptions extends InputsOf<typeof strategies>` from the
// table of strategies. Users read the declarations: there each such interface gets its options written out, with their TSDoc, so
// that editors show it, and so that `npm run api` notices when an option changes.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decode, encode } from '@jridgewell/sourcemap-codec';
import ts from 'typescript';
import { declaredTables } from '../docs/generate/declared-tables.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const tables = declaredTables();

for (const path of readdirSync(`${root}dist/esm`, { recursive: true })) {
  if (path.endsWith('.options.d.ts')) writeOut(`${root}dist/esm/${path}`);
}

function writeOut(file) {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, true);
  const map = JSON.parse(readFileSync(`${file}.map`, 'utf8'));
  const lines = source.text.split('\n');
  const mappings = decode(map.mappings);
  const imports = importsOf(source);
  // from the end, so that what stands before keeps its line
  for (const declaration of source.statements.filter(ts.isInterfaceDeclaration).reverse()) {
    const { kept, derived } = parentsOf(declaration);
    if (derived.length === 0) continue;
    const options = derived.flatMap((parent) => optionsOf(parent, source, imports));
    const line = source.getLineAndCharacterOfPosition(declaration.name.end).line;
    const parents = kept.length === 0 ? '' : ` extends ${kept.join(', ')}`;
    lines[line] = `export interface ${declaration.name.text}${parents} {`;
    lines.splice(line + 1, 0, ...options.map(({ text }) => text));
    mappings.splice(line + 1, 0, ...options.map(({ place }) => mapping(place, file, map)));
  }
  lines.unshift(...imports.added);
  mappings.unshift(...imports.added.map(() => []));
  writeFileSync(file, lines.join('\n'));
  writeFileSync(`${file}.map`, JSON.stringify({ ...map, mappings: encode(mappings) }));
}

/**
 * `InputOf<typeof rules>`, also within `Omit<…, 'key'>`, is derived from a table, `InputsOf<typeof strategies>` from one of
 * definitions; every other parent is kept.
 */
function parentsOf({ heritageClauses = [] }) {
  const kept = [];
  const derived = [];
  for (const parent of heritageClauses.flatMap(({ types }) => [...types])) {
    const text = parent.getText();
    const [, plural, table] = /Input(s?)Of<typeof (\w+)>/.exec(text) ?? [];
    const [, omitted] = /^Omit<.*, '(\w+)'>$/.exec(text) ?? [];
    if (table) derived.push({ table, omitted, isOfStrategies: plural === 's' });
    else kept.push(text);
  }
  return { kept, derived };
}

/** The lines of each option of a table, with the types that tsc has found. */
function optionsOf({ table, omitted, isOfStrategies }, source, imports) {
  const types = typesOf(table, source);
  // `false` turns a strategy off
  const typeOf = (key) => (isOfStrategies ? `${imports.named(types.get(key))} | false` : types.get(key));
  return propertiesOf(table)
    .filter(({ key }) => key !== omitted)
    .flatMap(({ key, doc, place }) => [
      { text: `    /** ${doc} */` },
      { text: `    ${key}?: ${typeOf(key)} | undefined;`, place },
    ]);
}

function propertiesOf(table) {
  return tables
    .get(table)
    .properties.flatMap((property) => (property.spread ? propertiesOf(property.spread) : [property]));
}

/** What a user may write for each option: the first argument of its `Rule<In, Out>` or `StrategyDefinition<In, …>`. */
function typesOf(table, source) {
  const [declaration] = source.statements
    .filter(ts.isVariableStatement)
    .flatMap(({ declarationList }) => [...declarationList.declarations])
    .filter(({ name }) => name.getText() === table);
  return new Map(
    declaration.type.members.map(({ name, type }) => {
      const [input] = type.typeArguments;
      return [name.getText(), ts.isFunctionTypeNode(input) ? `(${input.getText()})` : input.getText()];
    }),
  );
}

/** The imports that a declaration file needs beside its own, once types are named as users write them. */
function importsOf(source) {
  const clauses = source.statements.filter(ts.isImportDeclaration).map(({ importClause }) => importClause);
  const elements = clauses.flatMap((clause) => clause?.namedBindings?.elements ?? []);
  const known = new Set(elements.map(({ name }) => name.text));
  const added = [];
  /** `RetryOptions` for `import("./retry.options.js").RetryOptions`: editors show a type as it is written here. */
  const named = (type) =>
    type.replace(/import\("([^"]+)"\)\.(\w+)/g, (_, path, name) => {
      if (!known.has(name)) added.push(`import type { ${name} } from '${path}';`);
      known.add(name);
      return name;
    });
  return { added, named };
}

/** For the declaration map: "go to definition" leads to the table. */
function mapping(place, file, map) {
  if (!place) return [];
  const path = relative(dirname(file), `${root}lib/${place.file}`);
  if (!map.sources.includes(path)) map.sources.push(path);
  return [[4, map.sources.indexOf(path), place.line, place.character]];
}
