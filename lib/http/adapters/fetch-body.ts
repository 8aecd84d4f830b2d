import { Readable } from 'node:stream';
import { encodeBody, EncodedBody, hasToBeRead, readBody } from '../request-body.js';
import { isNodeStream, Upload } from '../request/upload.js';
import { bodyOfRequest, bodyOfStream } from './request-stream.js';

/**
 * The body of a call of `fetch`, in a form that can be sent again if it has one. Its content type stands in the headers, but for a
 * form, which is written down here.
 *
 * @throws InvalidRequestException for a file that cannot be read
 */
export async function bodyOf(
  request: Request,
  given: unknown,
  signal: AbortSignal | undefined,
): Promise<EncodedBody | undefined> {
  if (!request.body) return undefined;
  if (given === undefined || given === null) return bodyOfRequest(request.body, signal);
  if (hasToBeRead(given)) return readWhole(given);
  if (isPackageForm(given)) return new EncodedBody(encodeBody(request.method, given, undefined));
  if (given instanceof Readable) return new EncodedBody({ content: new Upload(given), isOnce: true });
  if (isStream(given)) return bodyOfStream(request.body, signal);
  return new EncodedBody({ content: copyOf(given) ?? `${given as string}` });
}

/**
 * True for a form: also one of the package `form-data` or of another copy of undici, which the standard would send as the text
 * `[object FormData]`.
 */
export function isForm(given: unknown): boolean {
  if (given === undefined || given === null) return false;
  return isPackageForm(given) || (hasToBeRead(given) && !(given instanceof Blob));
}

/** A form of the package `form-data`: a stream that knows its headers. */
function isPackageForm(given: unknown): boolean {
  return typeof given === 'object' && given !== null && 'getHeaders' in given && isNodeStream(given);
}

async function readWhole(given: FormData | Blob): Promise<EncodedBody> {
  const { content, contentType } = (await readBody(given)).sent;
  return new EncodedBody(given instanceof Blob ? { content } : { content, contentType });
}

function isStream(given: unknown): boolean {
  if (typeof given !== 'object' || given === null) return false;
  return given instanceof ReadableStream || Symbol.asyncIterator in given;
}

/** Bytes as they are now: their owner may change them. */
function copyOf(given: unknown): Uint8Array | undefined {
  if (given instanceof ArrayBuffer) return new Uint8Array(given.slice(0));
  if (!ArrayBuffer.isView(given)) return undefined;
  return new Uint8Array(given.buffer, given.byteOffset, given.byteLength).slice();
}
