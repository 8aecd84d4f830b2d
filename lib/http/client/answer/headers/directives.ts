import type { ResponseHeaders } from '../../../transport.js';

/** The directives of a `Cache-Control` header, by their names in lower case; one without a value has `''`. */
export type Directives = ReadonlyMap<string, string>;

/** A name, and perhaps a value, which may be a quoted text (RFC 9111 §5.2). A semicolon in the place of a comma hides no `private`. */
const DIRECTIVE = /([^\s,;="]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,;"]*)))?/g;

/** Reads a header; of a directive that comes twice the first one counts (RFC 9111 §4.2.1). */
export function directivesOf({ 'cache-control': header }: Readonly<ResponseHeaders>): Directives {
  const found = new Map<string, string>();
  if (header === undefined) return found;
  for (const [, name, quoted, token] of [header].flat().join(',').matchAll(DIRECTIVE)) {
    const key = name.toLowerCase();
    if (!found.has(key)) found.set(key, (quoted ?? token ?? '').trim());
  }
  return found;
}

/** True for a request of which nothing may be kept (RFC 9111 §5.2.1.5). */
export function wantsNothingKept(request: Readonly<ResponseHeaders>): boolean {
  return directivesOf(request).has('no-store');
}

/** The directives as a header, but for those with these names; undefined for none. */
export function writeDirectives(directives: Directives, without: readonly string[]): string | undefined {
  const kept = [...directives].filter(([name]) => !without.includes(name));
  return kept.length === 0 ? undefined : kept.map(written).join(', ');
}

/** The time that stands for any longer one, in milliseconds (RFC 9111 §1.2.2). */
export const LONGEST_TIME = 2 ** 31 * 1000;

/** The milliseconds of a directive; undefined where it is missing or says no whole number of seconds. */
export function timeOf(directives: Directives, name: string): number | undefined {
  const value = directives.get(name);
  return value !== undefined && /^\d+$/.test(value)
    ? Math.min(Number(value) * 1000, LONGEST_TIME)
    : undefined;
}

/** A list of header names, as `private="set-cookie"` has it, says the same as the directive alone: it is followed for the whole. */
function written([name, value]: readonly [string, string]): string {
  return /^-?[\d.]+$/.test(value) ? `${name}=${value}` : name;
}
