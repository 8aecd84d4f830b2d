import { InvalidRequestException } from '../exceptions/upstream.exceptions.js';
import type { RequestHeaders } from './http.options.js';

/** Headers as sent: lower-case names. */
export type SentHeaders = Record<string, string | string[]>;

/** A token (RFC 9110 §5.6.2). */
const NAME = /^[!#$%&'*+.^_`|~\dA-Za-z-]+$/;
/** Field values hold no control characters, above all no line breaks (RFC 9110 §5.5). */

const BAD_VALUE = /[\x00-\x08\x0a-\x1f\x7f]|[^\x00-\xff]/;

/**
 * Merges layers of headers by name, whatever their case, weakest first.
 *
 * @throws InvalidRequestException for a name or value that must not be sent
 */
export function mergeHeaders(layers: readonly (RequestHeaders | undefined)[]): SentHeaders {
  const merged: SentHeaders = {};
  for (const layer of layers) {
    for (const [name, value] of Object.entries(layer ?? {})) {
      if (value === undefined) continue;
      if (!NAME.test(name)) refuse(JSON.stringify(name), 'a header name');
      merged[name.toLowerCase()] = Array.isArray(value)
        ? value.map((item) => check(name, item))
        : check(name, value);
    }
  }
  return merged;
}

function check(name: string, value: unknown): string {
  const isText = typeof value === 'string' || typeof value === 'number';
  if (!isText || BAD_VALUE.test(String(value)))
    refuse(name, 'a text without line breaks or control characters');
  return String(value);
}

function refuse(name: string, expected: string): never {
  // the value may be a secret, so it is not shown
  throw new InvalidRequestException({ reason: `headers.${name}: expected ${expected}` });
}
