import { InvalidRequestException } from '../../exceptions/upstream.exceptions.js';
import type { Query, QueryStyle, QueryValue } from '../http.options.js';

/**
 * Writes the parameters of both layers, which merge by key: those of the request win. `undefined` does not override,
 * `null` takes a parameter of the client away.
 *
 * @returns text to append to a query; empty if there are no parameters
 * @throws InvalidRequestException for a value that is no text, number or boolean
 */
export function writeQuery(client: Query | undefined, own: Query | undefined, style: QueryStyle): string {
  if (client === undefined && own === undefined) return '';
  const merged = new Map<string, QueryValue>();
  for (const [name, value] of [...Object.entries(client ?? {}), ...Object.entries(own ?? {})]) {
    if (value === undefined) continue;
    // a parameter stands where its last layer puts it
    merged.delete(name);
    merged.set(name, value);
  }
  const pairs = [...merged].flatMap(([name, value]) => pairsOf(name, value, style));
  return new URLSearchParams(pairs).toString();
}

function pairsOf(name: string, value: QueryValue, style: QueryStyle): [string, string][] {
  const isList = Array.isArray(value);
  const key = isList && style === 'brackets' ? `${name}[]` : name;
  const items: readonly unknown[] = isList ? value : [value];
  return items
    .filter((item) => item !== undefined && item !== null)
    .map((item): [string, string] => [key, asText(name, item)]);
}

function asText(name: string, value: unknown): string {
  if (['string', 'number', 'boolean', 'bigint'].includes(typeof value)) return `${value as string}`;
  throw new InvalidRequestException({
    reason: `query.${name}: expected a text, number or boolean, or a list`,
  });
}
