import { InvalidRequestException } from '../exceptions/upstream.exceptions.js';

/** A body as sent, and the content type that goes with it. */
export interface SentBody {
  readonly content: string | Uint8Array | undefined;
  readonly contentType?: string;
}

const BODILESS = new Set(['GET', 'HEAD', 'TRACE']);

/**
 * Turns a body into what is sent: text, bytes and form parameters as they are, anything else as JSON.
 *
 * @throws InvalidRequestException for a body on GET, HEAD or TRACE, or one that cannot be sent
 */
export function encodeBody(method: string, body: unknown, json: unknown): SentBody {
  if (body === undefined && json === undefined) return { content: undefined };
  if (BODILESS.has(method)) throw new InvalidRequestException({ reason: `body: ${method} has none` });
  if (json !== undefined) return encodeJson(json);
  if (typeof body === 'string') return { content: body, contentType: 'text/plain;charset=utf-8' };
  if (body instanceof Uint8Array) return { content: body, contentType: 'application/octet-stream' };
  if (body instanceof URLSearchParams) {
    return { content: body.toString(), contentType: 'application/x-www-form-urlencoded' };
  }
  return encodeJson(body);
}

function encodeJson(value: unknown): SentBody {
  try {
    const content = JSON.stringify(value) as string | undefined;
    if (content !== undefined) return { content, contentType: 'application/json' };
  } catch (cause) {
    throw new InvalidRequestException({ reason: 'body: it cannot be written as JSON', cause });
  }
  throw new InvalidRequestException({ reason: `body: expected something to send, got ${typeof value}` });
}
