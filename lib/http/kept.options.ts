import { parsed } from '../policy/rule.js';
import type { InputOf, ResolvedOf } from '../policy/rule.js';
import { oneOf, wholeNumber } from '../policy/rules.js';
import { isHeaderName } from './request-headers.js';

const headerNames = parsed<readonly string[], readonly string[]>(
  "a list of header names, such as ['accept', 'x-tenant']",
  ['accept', 'accept-language', 'authorization', 'cookie'],
  (value) =>
    Array.isArray(value) && value.every(isHeaderName) ? value.map((name) => name.toLowerCase()) : undefined,
);

/** The options of `cache` that only answers of an HTTP client have. */
export const keptRules = {
  /**
   * `'headers'`: what answers say of their keeping is obeyed (RFC 9111, RFC 5861): `Cache-Control`, `Expires`, `Age`, `Vary`, and
   * `ETag` or `Last-Modified` to ask whether a kept one still holds. `ttl` and the other times hold where the headers say nothing. Needs
   * the package `http-cache-semantics`. Default: answers are kept for `ttl`, whatever they say.
   */
  respect: oneOf(['headers'] as const, {}),
  /**
   * Headers of the request that are part of the key, whatever their case. Default: `accept`, `accept-language`, `authorization` and
   * `cookie`; a token of the client's `auth` counts as the client.
   */
  varyBy: headerNames,
  /** Longest body that is kept, in bytes. Default 1 MiB. */
  maxEntryBytes: wholeNumber({ fallback: 1024 * 1024, min: 0 }),
  /** Most bytes of all bodies of a client that are kept in memory. Default 64 MiB. */
  maxBytes: wholeNumber({ fallback: 64 * 1024 * 1024, min: 0 }),
};

/** The options of `cache` that only answers of an HTTP client have, as a user may write them. @public */
export interface HttpAnswerOptions extends InputOf<typeof keptRules> {}

/** The same with all layers merged. */
export type KeptOptions = ResolvedOf<typeof keptRules>;

/** True if answers say themselves how long they are kept. */
export function isJudged(
  ...layers: readonly { readonly kept?: Pick<KeptOptions, 'respect'> | false }[]
): boolean {
  return layers.some(({ kept }) => kept && kept.respect === 'headers');
}
