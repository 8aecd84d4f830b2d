import { ownValue } from './own-property.js';
import { KNOWN_OPTION, suggest } from './problems.js';
import type { Problems } from './problems.js';
import type { Layer, ResolvedOf, Rules } from './rule.js';

/** Objects, instances of configuration classes and module namespaces; a Map or a promise would be read as empty. */
const READABLE_TAGS = ['[object Object]', '[object Module]'];

/** True for an object that can hold options. */
export function isOptionsObject(value: unknown): value is Record<string, unknown> {
  return READABLE_TAGS.includes(Object.prototype.toString.call(value));
}

/** Reports each of the outermost keys that is no option. */
export function checkRootKeys(value: object, known: readonly string[], problems: Problems): void {
  for (const [key, given] of Object.entries(value)) {
    if (!known.includes(key)) problems.add(key, unknownOption(key, known), given);
  }
}

function unknownOption(key: string, known: readonly string[]): string {
  return `${KNOWN_OPTION} (${suggest(key, known)})`;
}

/**
 * Checks one layer of options against its table; never throws. Wrong values are left out of the result and
 * reported to `problems`; a key whose value is `undefined` counts as not given, and so does one that is inherited.
 */
export function checkLayer<R extends Rules>(
  rules: R,
  value: unknown,
  path: string,
  problems: Problems,
): Layer<R> {
  if (!isOptionsObject(value)) {
    problems.add(path, `an object with options (${Object.keys(rules).join(', ')})`, value);
    return {};
  }
  const layer: Record<string, unknown> = {};
  const pathOf = (key: string) => (path === '' ? key : `${path}.${key}`);
  const keys = Object.keys(value);
  for (const key of keys) {
    if (!Object.hasOwn(rules, key))
      problems.add(pathOf(key), unknownOption(key, Object.keys(rules)), value[key]);
  }
  for (const key of keys) {
    const given = Object.hasOwn(rules, key) ? value[key] : undefined;
    if (given === undefined) continue;
    const accepted = rules[key].check(given, pathOf(key), problems);
    if (accepted !== undefined) layer[key] = accepted;
  }
  return layer as Layer<R>;
}

/** Merges checked layers, weakest first, over the defaults of the table; the result is frozen. */
export function mergeLayers<R extends Rules>(rules: R, layers: readonly Layer<R>[]): ResolvedOf<R> {
  const merged: Record<string, unknown> = {};
  for (const [key, rule] of Object.entries(rules)) {
    let value = rule.fallback;
    for (const layer of layers) {
      const stronger = ownValue(layer as Record<string, unknown>, key);
      const merge = ownValue(rule, 'merge');
      if (stronger !== undefined) value = merge ? merge(value, stronger) : stronger;
    }
    merged[key] = value;
  }
  return Object.freeze(merged) as ResolvedOf<R>;
}

/** Puts a stronger layer over options that are merged already. */
export function overlay<R extends Rules>(rules: R, resolved: ResolvedOf<R>, layer: Layer<R>): ResolvedOf<R> {
  const merged: Record<string, unknown> = { ...resolved };
  for (const key of Object.keys(layer)) {
    const stronger = (layer as Record<string, unknown>)[key];
    if (stronger === undefined || !Object.hasOwn(rules, key)) continue;
    const merge = ownValue(rules[key], 'merge');
    merged[key] = merge ? merge(merged[key], stronger) : stronger;
  }
  return merged as ResolvedOf<R>;
}
