import { InvalidRequestException } from '../../../exceptions/upstream.exceptions.js';
import type { PipelineParts } from '../../../pipeline/pipeline-parts.js';
import type { PreparedRequest } from '../../transport.js';

/**
 * The circuit's key of a request: its origin, or what the `key` option makes of it.
 *
 * @throws InvalidRequestException if the `key` option throws
 */
export function circuitKeyOf(
  { circuitBreaker }: PipelineParts,
  { method, origin, path, headers }: PreparedRequest,
): string {
  const key = circuitBreaker?.config.options.key as ((request: object) => unknown) | undefined;
  if (!key) return origin;
  try {
    return String(key({ method, url: new URL(origin + path), headers }));
  } catch (cause) {
    throw new InvalidRequestException({ reason: 'circuitBreaker.key has thrown', cause });
  }
}
