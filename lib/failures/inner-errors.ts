import { read, tryOrUndefined } from '../policy/error-chain.js';
import { errorBehindPrisma } from './domains/prisma.js';
import { isDiscarded } from './domains/redis.js';
import { Look } from './look.js';
import { INNER_ERRORS } from './properties.js';

/** Yields the errors inside one, in the order in which they are believed. */
export function* innerErrors(look: Look): Generator<Look, undefined> {
  const raw = errorBehindPrisma(look);
  if (raw !== undefined) yield new Look(raw);
  const held = heldByRpc(look);
  if (held !== undefined) yield new Look(held, true);
  const cause = look.get('cause');
  if (cause !== undefined && cause !== null) yield new Look(cause);
  for (const place of INNER_ERRORS) {
    const inner = look.get(place);
    if (isLikeError(inner)) yield new Look(inner);
  }
}

/** Returns what an aggregate holds; undefined if the error is none, or an empty one. */
export function membersOf(look: Look): readonly unknown[] | undefined {
  const members = listIn(look);
  return Array.isArray(members) && members.length > 0 ? members : undefined;
}

function listIn(look: Look): unknown {
  const { error, name } = look;
  // kafkajs has one of its own
  if (error instanceof AggregateError || /^(KafkaJS)?AggregateError$/.test(name)) return look.get('errors');
  // the commands of a MULTI that was not executed, or of which some have failed
  if (isDiscarded(look)) return look.get('previousErrors');
  const replies = name === 'MultiErrorReply' ? look.get('replies') : undefined;
  return Array.isArray(replies) ? replies.filter(isLikeError) : undefined;
}

function isLikeError(value: unknown): boolean {
  return value instanceof Error || typeof read(value, 'message') === 'string';
}

/** Reads the error with which Nest's `RpcException`, or a class of its kind, was made. */
function heldByRpc(look: Look): unknown {
  const getError = look.get('getError');
  return typeof getError === 'function'
    ? tryOrUndefined((): unknown => getError.call(look.error))
    : undefined;
}
