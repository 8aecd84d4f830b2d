import { isReadable, Readable } from 'node:stream';
import { InvalidRequestException } from '../exceptions/upstream.exceptions.js';
import { isNodeStream, Upload } from './request/upload.js';

/** A body in the form in which a transport sends it; the last two can be sent only once. @public */
export type RequestBody =
  string | Uint8Array | Blob | Readable | AsyncIterable<Uint8Array | string> | undefined;

/** A body as sent, and the content type that goes with it. */
export interface SentBody {
  readonly content: RequestBody;
  readonly contentType?: string | undefined;
  /** True if no other content type will do: it holds the boundary of a form. */
  readonly isTypeFixed?: boolean;
  /** True for a stream, which is gone once it is sent. */
  readonly isOnce?: boolean;
}

const METHODS_WITHOUT_BODY = new Set(['GET', 'HEAD', 'TRACE']);

export function mayHaveBody(method: string): boolean {
  return !METHODS_WITHOUT_BODY.has(method);
}

const NO_BODY: SentBody = { content: undefined };

/**
 * Turns a body into what is sent: text, bytes, forms and streams as they are, anything else as JSON.
 *
 * @throws InvalidRequestException for a body on GET, HEAD or TRACE, or one that cannot be sent
 */
export function encodeBody(method: string, body: unknown, json: unknown): SentBody {
  // `post(url, null, options)` is how people say that there is no body
  const isGiven = body !== undefined && body !== null;
  if (!isGiven && json === undefined) return NO_BODY;
  if (!mayHaveBody(method)) throw new InvalidRequestException({ reason: `body: ${method} has none` });
  if (json === undefined)
    return encodeText(body) ?? encodeBinary(body) ?? encodeStream(body) ?? encodeJson(body);
  if (!isGiven) return encodeJson(json);
  throw new InvalidRequestException({ reason: 'json: expected it without a body, got both' });
}

function encodeText(body: unknown): SentBody | undefined {
  if (typeof body === 'string') return { content: body, contentType: 'text/plain;charset=utf-8' };
  if (!(body instanceof URLSearchParams)) return undefined;
  return { content: body.toString(), contentType: 'application/x-www-form-urlencoded' };
}

function encodeBinary(body: unknown): SentBody | undefined {
  if (body instanceof EncodedBody) return body.sent;
  const bytes = bytesOf(body);
  return bytes && { content: bytes, contentType: 'application/octet-stream' };
}

function bytesOf(body: unknown): Uint8Array | undefined {
  if (body instanceof Uint8Array) return body;
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  return ArrayBuffer.isView(body) ? new Uint8Array(body.buffer, body.byteOffset, body.byteLength) : undefined;
}

/** A body that was written down before the rest of its request was ready. */
export class EncodedBody {
  constructor(readonly sent: SentBody) {}
}

/** True for a body whose bytes have to be waited for: a form, or a `Blob`, which may be a file. */
export function hasToBeRead(body: unknown): body is FormData | Blob {
  return body instanceof Blob || isFormData(body);
}

/**
 * Reads a form or a `Blob` into memory, once for all attempts.
 *
 * @throws InvalidRequestException for a file that cannot be read: it is gone, or has changed
 */
export async function readBody(body: FormData | Blob): Promise<EncodedBody> {
  if (isFormData(body)) return encodeForm(body);
  const contentType = body.type || 'application/octet-stream';
  return new EncodedBody({ content: await bytesOfBlob(body), contentType });
}

async function encodeForm(form: FormData): Promise<EncodedBody> {
  const copy = new FormData();
  // one of another copy of undici is only known to that copy
  for (const [name, value] of form as unknown as Iterable<[string, string | File]>) {
    if (typeof value === 'string') copy.append(name, value);
    // a form that holds a file is read by streams, whose failure some versions of Node let end the process
    else copy.append(name, new Blob([await bytesOfBlob(value)], { type: value.type }), value.name);
  }
  const written = new Response(copy);
  const content = new Uint8Array(await written.arrayBuffer());
  return new EncodedBody({
    content,
    contentType: String(written.headers.get('content-type')),
    isTypeFixed: true,
  });
}

async function bytesOfBlob(blob: Blob): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch (cause) {
    throw new InvalidRequestException({ reason: 'body: a file of it cannot be read', cause });
  }
}

/** Also one of another copy of undici, or a polyfill; the forms of the package `form-data` are streams. */
function isFormData(body: unknown): body is FormData {
  if (body instanceof FormData) return true;
  if (typeof (body as Partial<Iterable<unknown>> | null)?.[Symbol.iterator] !== 'function') return false;
  return Object.prototype.toString.call(body) === '[object FormData]';
}

function encodeStream(body: unknown): SentBody | undefined {
  if (typeof body !== 'object' || body === null || !isStream(body)) return undefined;
  if (isUsedUp(body)) throw usedUp(body);
  const formType = typeOfForm(body);
  const contentType = formType ?? 'application/octet-stream';
  return { content: new Upload(body), contentType, isTypeFixed: formType !== undefined, isOnce: true };
}

function isStream(body: object): boolean {
  return (
    typeof (body as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === 'function' ||
    isNodeStream(body)
  );
}

/** A stream that has failed before it was given is used up by its error. */
function usedUp(body: object): InvalidRequestException {
  const { errored } = body instanceof Readable ? body : {};
  const reason = errored ? 'body: its stream has failed' : 'body: the stream was used already';
  return new InvalidRequestException({ reason, cause: errored ?? undefined });
}

function isUsedUp(content: unknown): boolean {
  if (content instanceof Readable) return isReadable(content) === false;
  return content instanceof ReadableStream && content.locked;
}

/** Forms of the package `form-data` are streams that know their content type. */
function typeOfForm(content: object): string | undefined {
  const { getHeaders } = content as { getHeaders?: unknown };
  if (typeof getHeaders !== 'function') return undefined;
  const headers = (getHeaders as () => Record<string, unknown> | undefined).call(content) ?? {};
  const name = Object.keys(headers).find((key) => key.toLowerCase() === 'content-type');
  const type = name === undefined ? undefined : headers[name];
  return typeof type === 'string' ? type : undefined;
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
