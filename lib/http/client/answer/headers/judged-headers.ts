import { parseHttpDate } from '../../../../policy/http-date.js';
import type { ResponseHeaders } from '../../../transport.js';
import { LONGEST_TIME } from './directives.js';

/** The headers on which the judgement of an answer depends; its variants are told apart by their keys. */
const JUDGED = ['cache-control', 'pragma', 'expires', 'date', 'age', 'etag', 'last-modified'];

/** In the place of an Expires that is no date: the judge would take a bare number for a year. */
const EXPIRED = 'expired';

/** Those of an answer that its judgement needs, with dates in the one form in which all read the same. */
export function judgedHeaders(headers: Readonly<ResponseHeaders>, wallNow: number): ResponseHeaders {
  const kept: ResponseHeaders = {};
  for (const name of JUDGED) if (headers[name] !== undefined) kept[name] = [headers[name]].flat().join(', ');
  // RFC 9110 §6.6.1: who receives an answer without a date gives it one
  kept.date = dateOf(kept.date, wallNow) ?? new Date(wallNow).toUTCString();
  // RFC 9111 §5.3: what is no date has passed
  if (kept.expires !== undefined) kept.expires = dateOf(kept.expires, wallNow) ?? EXPIRED;
  return kept;
}

/** The seconds since the origin has made an answer, as it says (RFC 9111 §5.1). */
export function ageOf({ age }: Readonly<ResponseHeaders>): number {
  const [first] = /^\d+(?=$|[\s,])/.exec(String([age].flat()[0])) ?? [];
  return first === undefined ? 0 : Math.min(Number(first), LONGEST_TIME / 1000);
}

function dateOf(value: string | string[] | undefined, wallNow: number): string | undefined {
  const epoch = value === undefined ? undefined : parseHttpDate(String(value).trim(), wallNow);
  return epoch === undefined ? undefined : new Date(epoch).toUTCString();
}
