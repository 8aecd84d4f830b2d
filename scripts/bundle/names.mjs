import ts from 'typescript';
import { parse } from './syntax.mjs';

/**
 * Gives classes back their names. esbuild writes `var Permit = class _Permit` for a class that refers to itself, and
 * `Module = class Module2` for a decorated one; logs, Nest and stack traces show the name. Within such a class only the class
 * itself can be meant by it. A public function that shares its name with something else is told its name.
 */
export function restoreNames(text, path, publicNames) {
  const source = parse(text, path);
  const edits = source.statements.flatMap((statement) => namings(statement, publicNames));
  const visit = (node) => {
    if (ts.isClassLike(node)) edits.push(...renamings(node, path));
    ts.forEachChild(node, visit);
  };
  visit(source);
  // from the end, so that what stands before keeps its place
  edits.sort((a, b) => b.start - a.start);
  return edits.reduce((all, { start, end, name }) => all.slice(0, start) + name + all.slice(end), text);
}

/** `function Attempt2() {}` for the public `Attempt`. */
function namings(statement, publicNames) {
  if (!ts.isFunctionDeclaration(statement)) return [];
  const own = statement.name.text;
  const name = own.replace(/\d+$/, '');
  if (own === name || !publicNames.includes(name) || publicNames.includes(own)) return [];
  const { end } = statement;
  const definition = ` Object.defineProperty(${own}, 'name', { value: '${name}', configurable: true });`;
  return [{ start: end, end, name: definition }];
}

function renamings(node, path) {
  const variable = variableOf(node);
  const own = node.name?.text ?? variable;
  // without a name in the sources too
  if (own === undefined) return [];
  const name = original(own, variable);
  if (name === undefined) throw new Error(`${path}: the class '${own}' has lost its name`);
  return node.name === undefined || own === name
    ? []
    : mentionsOf(node, own).map((place) => ({ ...place, name }));
}

/** `X` in `X = class`, `var X = X_1 = class`. */
function variableOf(node) {
  let { parent } = node;
  let variable;
  for (; ; parent = parent.parent) {
    if (ts.isVariableDeclaration(parent)) return parent.name.text;
    if (!ts.isBinaryExpression(parent)) return variable;
    if (ts.isIdentifier(parent.left)) variable = parent.left.text;
  }
}

function original(own, variable) {
  if (own === variable || variable === undefined) return /\d$/.test(own) ? undefined : own;
  return own === `_${variable}` || own.replace(/\d+$/, '') === variable ? variable : undefined;
}

function mentionsOf(node, name) {
  const places = [];
  const visit = (child) => {
    if (ts.isIdentifier(child) && child.text === name)
      places.push({ start: child.getStart(), end: child.end });
    ts.forEachChild(child, visit);
  };
  visit(node);
  return places;
}
