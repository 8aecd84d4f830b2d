import { Readable } from 'node:stream';
import type { HttpRequest } from '../http.options.js';
import { encodeBody, encodeForm, isFormData } from '../request-body.js';
import type { RequestBody, SentBody } from '../request-body.js';

/** A body that has to be waited for. */
export interface BodySource {
  readonly make: () => Promise<SentBody>;
  /** True if each sending gets another body, such as a stream. */
  readonly isFresh: boolean;
}

/**
 * The source of a body that is a function, asked whenever the body is sent, or a form, written down once for all attempts;
 * undefined for any other body.
 *
 * @throws InvalidRequestException if the request must have no body
 */
export function bodySource(method: string, { body, json }: HttpRequest): BodySource | undefined {
  const isForm = isFormData(body);
  if (!isForm && typeof body !== 'function') return undefined;
  // refuses a method without a body, and two bodies
  encodeBody(method, '', json);
  if (!isForm) return { make: () => encodeMade(method, body as () => unknown), isFresh: true };
  let written: Promise<SentBody> | undefined;
  return { make: () => (written ??= writeForm(body)), isFresh: false };
}

async function encodeMade(method: string, make: () => unknown): Promise<SentBody> {
  const body = await make();
  return isFormData(body) ? writeForm(body) : encodeBody(method, body, undefined);
}

async function writeForm(form: FormData): Promise<SentBody> {
  return (await encodeForm(form)).sent;
}

/** Lets go of a body that will not be read any more. */
export function discardBody(body: RequestBody): void {
  if (body instanceof Readable) body.destroy();
  else if (body instanceof ReadableStream && !body.locked) body.cancel().catch(() => undefined);
}
