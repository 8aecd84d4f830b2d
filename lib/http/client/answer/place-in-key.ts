import { InvalidRequestException } from '../../../exceptions/upstream.exceptions.js';
import type { PreparedRequest } from '../../transport.js';
import { fullUrl } from '../hooks.js';

/** A `key` of the user's for the answers of a client. */
export type AnswerKey = (request: object) => unknown;

/** The first part of the key of a request: what a user may write to delete its answers. */
export function placeInKey(request: PreparedRequest, key: AnswerKey | undefined): unknown {
  return key ? keyOfUser(key, request) : fullUrl(request);
}

function keyOfUser(key: AnswerKey, { method, origin, path, headers }: PreparedRequest): unknown {
  let made: unknown;
  try {
    made = key({ method, url: new URL(origin + path), headers });
  } catch (cause) {
    throw new InvalidRequestException({ reason: 'cache.key has thrown', cause });
  }
  if (made !== undefined) return made;
  throw new InvalidRequestException({ reason: 'cache.key: expected a text, got undefined' });
}
