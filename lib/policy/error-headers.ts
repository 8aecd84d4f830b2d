import { ownChain, tryOrUndefined, read } from './error-chain.js';

/** Reads one header of a response, whatever kind of object holds the headers; names are in lower case. */
export type HeaderReader = (name: string) => string | undefined;

/** The headers of one response, and the error or result that carries them. */
export interface FoundHeaders {
  readonly link: unknown;
  readonly headers: HeaderReader;
}

/**
 * Finds the headers that an error, its `cause`s or a returned response carry, outermost first: `upstreamHeaders`,
 * `headers`, and those of `response`.
 */
export function* headersAlong(source: unknown): Generator<FoundHeaders, undefined> {
  for (const link of ownChain(source)) yield* headersOf(link);
}

/** Finds the headers of one error or result, and of its `response`. */
export function* headersOf(link: unknown): Generator<FoundHeaders, undefined> {
  for (const holder of [link, read(link, 'response')]) {
    const headers = readerOf(holder);
    if (headers) yield { link, headers };
  }
}

/** Reads the headers of an object that has them: a plain object, `Headers`, a Map, or those of axios. */
export function readerOf(holder: unknown): HeaderReader | undefined {
  const headers = read(holder, 'upstreamHeaders') ?? read(holder, 'headers');
  if (typeof headers !== 'object' || headers === null) return undefined;
  const get = read(headers, 'get');
  return (name) => {
    const got: unknown =
      typeof get === 'function' ? tryOrUndefined((): unknown => get.call(headers, name)) : undefined;
    // a plain object; or a Map, which is case-sensitive where `Headers` and AxiosHeaders are not
    return firstText(got ?? lookUp(headers, name));
  };
}

function lookUp(headers: object, name: string): unknown {
  const isNamed = (key: string) => key.toLowerCase() === name;
  return read(headers, name) ?? read(headers, tryOrUndefined(() => Object.keys(headers).find(isNamed)) ?? '');
}

function firstText(value: unknown): string | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'number' || typeof first === 'string' ? String(first).trim() : undefined;
}
