import { causeChain, read } from '../policy/error-chain.js';
import { Look } from './look.js';

/** So many characters of a reason are written into a log. */
const LONGEST_REASON = 200;
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

/** Credentials in the URL of a broker. */
const CREDENTIALS = /\/\/[^/@\s]*@/g;

const escaped = (letter: string) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * Finds the reason of a failure for a line in a log: the message of the innermost cause that has one, or the text itself. Nothing
 * else of an error is written: what a `ClientProxy` rejects with may hold a password.
 */
export function reasonOf(error: unknown): string | undefined {
  const messages = innermost(error).map((link) => new Look(link).message);
  const message = messages.findLast((one) => one !== '');
  if (message === undefined) return undefined;
  const shown = message.replace(CREDENTIALS, '//…@');
  const cut = shown.length > LONGEST_REASON ? `${shown.slice(0, LONGEST_REASON - 1)}…` : shown;
  return cut.replace(CONTROL, escaped);
}

/** The causes of an error; behind an `AggregateError` those of its first member. */
function innermost(error: unknown): unknown[] {
  const chain = causeChain(error);
  const members = read(chain.at(-1), 'errors');
  const first: unknown = Array.isArray(members) ? members[0] : undefined;
  return first === undefined ? chain : [...chain, ...causeChain(first)];
}
