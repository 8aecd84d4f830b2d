import { Readable } from 'node:stream';
import { InvalidRequestException, UpstreamConnectionException } from '../exceptions/upstream.exceptions.js';
import { isResilienceException } from '../exceptions/resilience.exception.js';
import type { PreparedRequest } from './transport.js';

/** An abort's reason as something that a stream can be destroyed with. */
export function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}

/** What a caller is told of an exchange that brought no answer. */
export function failureOf({ method, url, body }: PreparedRequest, cause: unknown): unknown {
  if (isResilienceException(cause)) return cause;
  if (body instanceof Readable && body.errored === cause && cause !== null)
    return new InvalidRequestException({ reason: 'body: its stream failed', cause });
  return new UpstreamConnectionException({ method, url, cause });
}
