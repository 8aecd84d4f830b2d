import { InvalidRequestException } from '../exceptions/upstream.exceptions.js';

/** A header as it is sent; an array sends it more than once, `undefined` leaves it out. @public */
export type HeaderValue = string | number | readonly string[] | undefined;

/** The attempt for which a header function is asked. @public */
export interface HeaderContext {
  /** Number of the attempt, from 1. */
  readonly attempt: number;
  /** In upper case. */
  readonly method: string;
  /** As sent, with its query and without credentials. */
  readonly url: string;
  /** The error of the attempt before. */
  readonly lastError?: unknown;
}

/**
 * A header that is made for each attempt, such as a token that changes; it may be async. What it throws is the error of
 * the attempt: nothing is sent, the circuit does not hear of it, and retries judge it by its class. An `idempotency-key` is asked for once per call.
 *
 * @public
 */
export type HeaderFunction = (context: HeaderContext) => HeaderValue | Promise<HeaderValue>;

/** Request headers: values, or functions that are asked for every attempt. @public */
export type RequestHeaders = Readonly<Record<string, HeaderValue | HeaderFunction>>;

/** Headers as sent: lower-case names. @public */
export type SentHeaders = Record<string, string | string[]>;

/** A header that has to be asked for. */
export interface AskedHeader {
  /** In lower case. */
  readonly name: string;
  readonly ask: HeaderFunction;
}

/** A header function and its answer. */
export type HeaderAnswer = readonly [name: string, value: HeaderValue];

/** A token (RFC 9110 §5.6.2), but for one that an object cannot hold. */
const HEADER_NAME = /^(?!__proto__$)[!#$%&'*+.^_`|~\da-z-]+$/i;

/** Field values hold no control characters, above all no line breaks (RFC 9110 §5.5). */
const BAD_VALUE = /[\x00-\x08\x0a-\x1f\x7f]|[^\x00-\xff]/;

const NO_FUNCTIONS: readonly AskedHeader[] = [];

/** True for the name of a header. */
export function isHeaderName(name: unknown): name is string {
  return typeof name === 'string' && HEADER_NAME.test(name);
}

/**
 * Adds a layer of headers to weaker ones by name, whatever its case.
 *
 * @param asked - the functions of weaker layers
 * @param isWanted - leaves out the others, by their lower-case name
 * @returns the functions that are still to be asked, weakest first
 * @throws InvalidRequestException for a name or value that must not be sent
 */
export function addHeaders(
  sent: SentHeaders,
  layer: RequestHeaders | undefined,
  asked: readonly AskedHeader[] = NO_FUNCTIONS,
  isWanted?: (name: string) => boolean,
): readonly AskedHeader[] {
  if (layer === undefined) return asked;
  let functions = asked;
  for (const key of Object.keys(layer)) {
    const value = layer[key];
    if (value === undefined) continue;
    if (!isHeaderName(key)) refuse(JSON.stringify(key), 'a header name');
    const name = key.toLowerCase();
    if (isWanted && !isWanted(name)) continue;
    if (typeof value === 'function') functions = [...functions, { name, ask: value }];
    else {
      sent[name] = checkedHeader(key, value);
      if (functions.length > 0) functions = functions.filter((weaker) => weaker.name !== name);
    }
  }
  return functions;
}

/** Asks functions for their headers, all at once. */
export function askHeaders(
  asked: readonly AskedHeader[],
  context: HeaderContext,
): Promise<readonly HeaderAnswer[]> {
  return Promise.all(asked.map(async ({ name, ask }): Promise<HeaderAnswer> => [name, await ask(context)]));
}

/**
 * The value of a header as it is sent.
 *
 * @throws InvalidRequestException for one that must not be sent
 */
export function checkedHeader(name: string, value: unknown): string | string[] {
  return Array.isArray(value) ? value.map((item) => checked(name, item)) : checked(name, value);
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
