import { Readable } from 'node:stream';
import { bodyOfRequest, bodyOfStream } from './request-stream.js';
import { isNodeStream, Upload } from '../request/upload.js';
import { EncodedBody, isFormData } from '../request-body.js';

/** The body of a call of `fetch`, in a form that can be sent again if it has one; its content type stands in the headers. */
export async function bodyOf(
  request: Request,
  given: unknown,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  if (!request.body) return undefined;
  if (given === undefined || given === null) return bodyOfRequest(request.body, signal);
  if (given instanceof FormData) return encoded(new Uint8Array(await request.arrayBuffer()));
  // one of another copy of undici: the standard would send the text `[object FormData]`
  if (isFormData(given) || isPackageForm(given)) return given;
  if (given instanceof Readable) return new EncodedBody({ content: new Upload(given), isOnce: true });
  if (isStream(given)) return bodyOfStream(request.body, signal);
  return encoded(given instanceof Blob ? given : (copyOf(given) ?? `${given as string}`));
}

/** A form of the package `form-data`: a stream that knows its headers. */
function isPackageForm(given: unknown): boolean {
  return typeof given === 'object' && given !== null && 'getHeaders' in given && isNodeStream(given);
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

function encoded(content: string | Uint8Array | Blob): EncodedBody {
  return new EncodedBody({ content });
}
