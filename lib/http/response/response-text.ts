import type { ResponseHeaders, TransportResponse } from '../transport.js';

/** `application/json`, `text/json`, and any type that ends in `+json`. */
const JSON_TYPE = /^\s*(?:(?:application|text)\/json|[^;\s/]+\/[^;\s]+\+json)\s*(?:;|$)/i;
const CHARSET = /;\s*charset\s*=\s*"?([^";\s]+)/i;

/** True if the content type says JSON, such as `application/problem+json`. */
export function isJson(headers: ResponseHeaders): boolean {
  const type = headers['content-type'];
  return type === 'application/json' || JSON_TYPE.test(String(type));
}

/** The body as text: UTF-8 without its byte order mark, unless the content type names another charset. */
export function textOf({ body, headers }: TransportResponse): string {
  if (body.length === 0) return '';
  const charset = charsetOf(String(headers['content-type']));
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) return decodeAs(charset, body);
  const text = body.toString('utf8');
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/** Most answers name none, and need no search. */
function charsetOf(type: string): string | undefined {
  return type.includes(';') ? CHARSET.exec(type)?.[1] : undefined;
}

function decodeAs(charset: string, body: Buffer): string {
  try {
    return new TextDecoder(charset).decode(body);
  } catch {
    return body.toString('utf8');
  }
}
