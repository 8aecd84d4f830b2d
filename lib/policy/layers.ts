import { ownValue } from './own-property.js';
import { KNOWN_OPTION, suggest } from './problems.js';
import type { Problems } from './problems.js';
import type { Layer, ResolvedOf, Rules } from './rule.js';

/** Objects, instances of configuration classes and module namespaces; a Map or a promise would be read as empty. */
const READABLE = ['[object Object]', '[object Module]'];

/** True for an object that can hold options. */
export function isOptionsObject(value: unknown): value is Record<string, unknown> {
  return READABLE.includes(Object.prototype.toString.call(value));
}

/** Tells of each key that is no option. */
export function checkKeys(value: object, known: readonly string[], path: string, problems: Problems): void {
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    const at = path === '' ? key : `${path}.${key}`;
    problems.add(at, `${KNOWN_OPTION} (${suggest(key, known)})`, (value as Record<string, unknown>)[key]);
  }
}

/** The same for the outermost keys, which have no path before them. */
export function checkRootKeys(value: object, known: readonly string[], problems: Problems): void {
  checkKeys(value, known, '', problems);
}

/**
 * Checks one layer of options against its table; never throws. Wrong values are left out of the result and
 * told to `problems`; a key whose value is `undefined` counts as not given, and so does one that is inherited.
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
  checkKeys(value, Object.keys(rules), path, problems);
  const layer: Record<string, unknown> = {};
  for (const [key, rule] of Object.entries(rules)) {
    const given = ownValue(value, key);
    if (given === undefined) continue;
    const accepted = rule.check(given, `${path}.${key}`, problems);
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
