import { Readable } from 'node:stream';
import { encodeBody, hasToBeRead, readBody } from '../../request-body.js';
import type { RequestBody, SentBody } from '../../request-body.js';
import type { SentRequest } from './sent-request.js';

/** A body that has to be waited for. */
export interface BodySource {
  readonly make: () => Promise<SentBody>;
  /** True if each sending gets another body, such as a stream. */
  readonly isFresh: boolean;
}

/**
 * The source of a body that is a function, asked whenever the body is sent, or a form or a `Blob`, read once for all attempts;
 * undefined for any other body.
 *
 * @throws InvalidRequestException if the request must have no body
 */
export function bodySource(method: string, { body, json }: SentRequest): BodySource | undefined {
  if (body === undefined) return undefined;
  const isRead = hasToBeRead(body);
  if (!isRead && typeof body !== 'function') return undefined;
  // refuses a method without a body, and two bodies
  encodeBody(method, '', json);
  if (!isRead) return { make: () => encodeMade(method, body as () => unknown), isFresh: true };
  let written: Promise<SentBody> | undefined;
  return { make: () => (written ??= read(body)), isFresh: false };
}

async function encodeMade(method: string, make: () => unknown): Promise<SentBody> {
  const body = await make();
  return hasToBeRead(body) ? read(body) : encodeBody(method, body, undefined);
}

async function read(body: FormData | Blob): Promise<SentBody> {
  return (await readBody(body)).sent;
}

/** Lets go of a body that will not be read any more. */
export function discardBody(body: RequestBody): void {
  if (body instanceof Readable) body.destroy();
  else if (body instanceof ReadableStream && !body.locked) body.cancel().catch(() => undefined);
}
