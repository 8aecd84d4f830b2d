import type { ResponseHeaders } from '../transport.js';

/** The one header whose lines must not be joined (RFC 6265 §3). */
const LIST_HEADER = 'set-cookie';

/**
 * Gives headers the one shape that callers see, whatever the transport: `set-cookie` is an array, the lines of every other
 * repeated header are joined with `, ` (RFC 9110 §5.3). Headers that have this shape already are returned as they are.
 */
export function joinRepeated(headers: ResponseHeaders): ResponseHeaders {
  let joined: ResponseHeaders | undefined;
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (Array.isArray(value) === (name === LIST_HEADER)) continue;
    // the object may belong to a dispatcher of the user
    joined ??= { ...headers };
    joined[name] = Array.isArray(value) ? value.join(', ') : [value];
  }
  return joined ?? headers;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a header value that a transport has decoded byte by byte as the UTF-8 text that servers mean by it. A value that is no
 * UTF-8 stays as it is.
 */
export function utf8Value(value: string): string {
  // most values are ASCII; a value with wider characters was decoded already
  if (!/[\x80-\xff]/.test(value) || /[^\x00-\xff]/.test(value)) return value;
  try {
    return utf8.decode(Buffer.from(value, 'latin1'));
  } catch {
    return value;
  }
}
