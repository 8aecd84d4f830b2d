import { Readable } from 'node:stream';
import type { RawResponse } from '../client/answer/raw-response.js';
import { notEncodedAsSaid } from '../client/answer/response.js';
import { brokenAnswer } from '../client/call/exchange-failure.js';
import { encodingsOf } from '../response/content-decoder.js';
import { decodedStream } from '../response/decoded-stream.js';
import { hasIntegrity } from '../response/integrity.js';
import { webBody } from '../response/web-body.js';
import type { FetchCall } from './fetch-request.js';

/** Answers that have no body, as the `Response` constructor insists. */
const STATUSES_WITHOUT_BODY: ReadonlySet<number> = new Set([101, 103, 204, 205, 304]);

/** The greatest status that the constructor of `Response` takes; `fetch` answers with any. */
const GREATEST_STATUS = 599;

/** Properties of a `Response` that its constructor does not take. */
type Facts = Pick<Response, 'url' | 'redirected' | 'type' | 'statusText'> &
  Partial<Pick<Response, 'status' | 'ok'>>;

/** Makes the `Response` of a call of `fetch`; its body comes as it is read. */
export async function toResponse(answer: RawResponse, call: FetchCall): Promise<Response> {
  const { status, url, redirected, statusText } = answer;
  const stream = decodedBody(answer, String(call.request.method));
  const body = stream && webBody(stream, (error) => readingFailure(error, answer, call));
  const facts: Facts = { url, redirected, statusText, type: 'basic' };
  const known = status <= GREATEST_STATUS ? facts : { ...facts, status, ok: false };
  const init = { status: Math.min(status, GREATEST_STATUS), headers: linesOf(answer.headers) };
  if (call.integrity === '' || !body) return dressed(new Response(body, init), known);
  const bytes = await new Response(body).arrayBuffer();
  if (!hasIntegrity(new Uint8Array(bytes), call.integrity)) throw new Error('integrity mismatch');
  return dressed(new Response(bytes, init), known);
}

/** The body as its reader wants it; undefined for an answer that has none. */
function decodedBody(answer: RawResponse, method: string): Readable | undefined {
  const { status, data, headers, shown: url } = answer;
  if (!(data instanceof Readable)) return undefined;
  if (STATUSES_WITHOUT_BODY.has(status) || method === 'HEAD') {
    // an empty body still has to be read to its end, so that its connection is free again
    data.resume();
    return undefined;
  }
  const encodings = encodingsOf(headers);
  if (encodings.length === 0) return data;
  return decodedStream(data, encodings, (cause) => notEncodedAsSaid({ method, url }, cause));
}

/** The error of a reader whose body ends early: the caller's own reason, or the one that `fetch` gives. */
function readingFailure(error: unknown, answer: RawResponse, { signal, request }: FetchCall): unknown {
  if (signal?.aborted) return signal.reason;
  const { status, shown: url } = answer;
  const cause = brokenAnswer({ method: String(request.method), url }, error, { status });
  return new TypeError('terminated', { cause });
}

function linesOf(headers: RawResponse['headers']): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((item): [string, string] => [name, asBytes(item)]),
  );
}

/** A header in the form of the standard: one letter for each byte. */
function asBytes(value: string): string {
  return /[^\x00-\xff]/.test(value) ? Buffer.from(value).toString('latin1') : value;
}

/** Gives a `Response`, and its clones, what the constructor cannot. */
function dressed(response: Response, facts: Facts): Response {
  const clone = () => dressed(Response.prototype.clone.call(response), facts);
  for (const [name, value] of Object.entries({ ...facts, clone }))
    Object.defineProperty(response, name, { value, configurable: true, writable: true });
  for (const name of ['append', 'delete', 'set'])
    Object.defineProperty(response.headers, name, { value: refuseChange });
  return response;
}

function refuseChange(): never {
  throw new TypeError('immutable');
}
