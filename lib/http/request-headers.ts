import { InvalidRequestException } from '../exceptions/upstream.exceptions.js';

/** A header as it is sent; an array sends it more than once, `undefined` leaves it out. @public */
export type HeaderValue = string | number | readonly string[] | undefined;

/** Request headers. A function is asked once per call, such as for a token that changes; it may be async. @public */
export type RequestHeaders = Readonly<
  Record<string, HeaderValue | (() => HeaderValue | Promise<HeaderValue>)>
>;

/** Headers as sent: lower-case names. @public */
export type SentHeaders = Record<string, string | string[]>;

/** A token (RFC 9110 §5.6.2), but for one that an object cannot hold. */
const HEADER_NAME = /^(?!__proto__$)[!#$%&'*+.^_`|~\da-z-]+$/i;

/** Field values hold no control characters, above all no line breaks (RFC 9110 §5.5). */
const BAD_VALUE = /[\x00-\x08\x0a-\x1f\x7f]|[^\x00-\xff]/;

/**
 * Adds a layer of headers to weaker ones by name, whatever its case.
 *
 * @throws InvalidRequestException for a name or value that must not be sent
 */
export function addHeaders(sent: SentHeaders, layer: RequestHeaders | undefined): void {
  if (layer === undefined) return;
  for (const name of Object.keys(layer)) {
    const value = layer[name];
    if (value === undefined) continue;
    if (!HEADER_NAME.test(name)) refuse(JSON.stringify(name), 'a header name');
    sent[name.toLowerCase()] = Array.isArray(value)
      ? value.map((item) => checked(name, item))
      : checked(name, value);
  }
}

/** True if a layer has headers that must be asked for. */
export function hasFunctions(layer: RequestHeaders | undefined): layer is RequestHeaders {
  return layer !== undefined && Object.values(layer).some((value) => typeof value === 'function');
}

/** Asks the functions of a layer for their values. */
export async function askHeaders(layer: RequestHeaders): Promise<RequestHeaders> {
  const asked = Object.entries(layer).map(async ([name, value]) => [
    name,
    typeof value === 'function' ? await value() : value,
  ]);
  return Object.fromEntries(await Promise.all(asked)) as RequestHeaders;
}

function checked(name: string, value: unknown): string {
  const isText = typeof value === 'string' || typeof value === 'number';
  if (!isText || BAD_VALUE.test(String(value)))
    refuse(name, 'a text without line breaks or control characters');
  return String(value);
}

function refuse(name: string, expected: string): never {
  // the value may be a secret, so it is not shown
  throw new InvalidRequestException({ reason: `headers.${name}: expected ${expected}` });
}
