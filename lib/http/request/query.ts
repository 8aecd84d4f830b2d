import { InvalidRequestException } from '../../exceptions/upstream.exceptions.js';
import type { Query, QueryValue } from '../http.options.js';

/**
 * Puts parameters in the place of those of the same name. It changes the URL once, because each change writes the
 * whole query anew.
 *
 * @throws InvalidRequestException for a value that is no text, number or boolean
 */
export function mergeQuery(url: URL, query: Query | undefined): void {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined);
  if (given.length === 0) return;
  const names = new Set(given.map(([name]) => name));
  const kept = [...url.searchParams].filter(([name]) => !names.has(name));
  const added = given.flatMap(([name, value]) =>
    valuesOf(value).map((item): [string, string] => [name, asText(name, item)]),
  );
  url.search = new URLSearchParams([...kept, ...added]).toString();
}

function valuesOf(value: QueryValue): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function asText(name: string, value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  throw new InvalidRequestException({
    reason: `query.${name}: expected a text, number or boolean, or a list`,
  });
}
