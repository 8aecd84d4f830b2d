import { parseSeconds } from './seconds.js';

/** A quota of a `RateLimit` header that is used up. */
export interface SpentQuota {
  /** Milliseconds until it is renewed; undefined if the header does not say. */
  readonly wait: number | undefined;
}

const NOTHING_LEFT = /(?:^|;)\s*r=0+(?:\.0+)?\s*(?:;|$)/;
const TIME = /(?:^|;)\s*t=(\d+(?:\.\d+)?)\s*(?:;|$)/;

/**
 * Reads the quotas of a `RateLimit` header that are used up: `"default";r=0;t=30`
 * (draft-ietf-httpapi-ratelimit-headers). Takes linear time.
 */
export function spentQuotas(header: string): SpentQuota[] {
  return withoutQuoted(header)
    .split(',')
    .filter((item) => NOTHING_LEFT.test(item))
    .map((item) => ({ wait: parseSeconds(TIME.exec(item)?.[1] ?? '') }));
}

/**
 * Leaves out quoted texts (RFC 9651 §3.3.3): the name of a policy may hold anything. A header with a quote that is
 * never closed is malformed and says nothing.
 */
function withoutQuoted(header: string): string {
  const kept: string[] = [];
  let from = 0;
  for (let quote = header.indexOf('"'); quote >= 0; quote = header.indexOf('"', from)) {
    kept.push(header.slice(from, quote));
    from = endOfQuoted(header, quote);
    if (from > header.length) return '';
  }
  return kept.join('') + header.slice(from);
}

/** Finds the place behind the closing quote; a place behind the text if there is none. */
function endOfQuoted(header: string, quote: number): number {
  for (let at = quote + 1; at < header.length; at++) {
    if (header[at] === '"') return at + 1;
    if (header[at] === '\\') at++;
  }
  return header.length + 1;
}
