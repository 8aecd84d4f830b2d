import { causeChain, read } from '../policy/error-chain.js';
import { Look } from './look.js';
import { oneLine } from './one-line.js';

/**
 * Finds the reason of a failure for a line in a log: the message of the innermost cause that has one, or the text itself. Nothing
 * else of an error is written: what a `ClientProxy` rejects with may hold a password.
 */
export function reasonOf(error: unknown): string | undefined {
  const messages = innermost(error).map((link) => new Look(link).message);
  const message = messages.findLast((one) => one !== '');
  return message === undefined ? undefined : oneLine(message);
}

/** The causes of an error; behind an `AggregateError` those of its first member. */
function innermost(error: unknown): unknown[] {
  const chain = causeChain(error);
  const members = read(chain.at(-1), 'errors');
  const first: unknown = Array.isArray(members) ? members[0] : undefined;
  return first === undefined ? chain : [...chain, ...causeChain(first)];
}
