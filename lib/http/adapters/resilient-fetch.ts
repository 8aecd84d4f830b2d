import { Readable } from 'node:stream';
import { InvalidRequestException, UpstreamResponseException } from '../../exceptions/upstream.exceptions.js';
import type { HttpClient } from '../client/http-client.js';
import { isRedirect } from '../client/answer/redirect.js';
import type { RawResponse } from '../client/answer/raw-response.js';
import type { EncodedBody } from '../request-body.js';
import { clientOf } from '../resilient-http.service.js';
import type { ResilientHttpService } from '../resilient-http.service.js';
import { isLocal, readFetch } from './fetch-request.js';
import type { FetchCall, ResilientFetchInit } from './fetch-request.js';
import { toResponse } from './fetch-response.js';

/** A drop-in for the global `fetch`. @public */
export type ResilientFetch = (input: string | URL | Request, init?: ResilientFetchInit) => Promise<Response>;

/**
 * A `fetch` with this client's timeouts, retries and circuits, for SDKs that accept one. Like fetch it resolves
 * with a 404 and, when retries run out, with the last `Response`. It rejects with a `TypeError` when there was no answer, whose
 * `cause` is this library's exception, and with the signal's reason when the caller aborts.
 *
 * A caller that brings a signal keeps the time by itself: neither time limit of the client applies, `timeout.idle` does.
 *
 * @throws TypeError for arguments that `fetch` refuses, and for network errors: an open circuit, a timeout, too many redirects
 *
 * @example
 * ```ts
 * const client = new SomeSdk({ fetch: createResilientFetch(http) });
 * ```
 * @public
 */
export function createResilientFetch(service: ResilientHttpService): ResilientFetch {
  const client = clientOf(service);
  // what needs no network is Node's own affair; kept now, as the application may put this one in its place
  const native = globalThis.fetch;
  return async function fetch(input, init = undefined) {
    if (isLocal(input)) return native(input, init as RequestInit);
    return exchange(client, readFetch(input, init, client.hasBaseUrl));
  };
}

async function exchange(client: HttpClient, call: FetchCall): Promise<Response> {
  const { signal } = call;
  let body: EncodedBody | undefined;
  try {
    body = await call.readBody();
    const answer = await client.sendRaw({ ...call.request, body }, call.raw);
    checkRedirect(answer, call, body);
    return await toResponse(answer, call);
  } catch (cause) {
    // a body that will not be sent any more is cancelled
    if (body?.sent.content instanceof Readable) body.sent.content.destroy();
    if (signal?.aborted) throw signal.reason;
    if (cause instanceof InvalidRequestException) throw new TypeError(cause.message, { cause });
    throw new TypeError('fetch failed', { cause });
  }
}

/** A redirect that may not be followed, or that cannot be because its body is gone, is a network error. */
function checkRedirect(answer: RawResponse, { redirect }: FetchCall, body?: EncodedBody): void {
  if (redirect === 'manual' || !isRedirect(answer.status, answer.headers)) return;
  const isRefused = redirect === 'error';
  if (!isRefused && !body?.sent.isOnce) return;
  const { data, shown: url } = answer;
  if (data instanceof Readable) data.destroy();
  const reason = isRefused ? "it redirects, and redirect is 'error'" : 'it redirects, and the body is gone';
  throw new UpstreamResponseException({ code: 'RESILIENCE_TOO_MANY_REDIRECTS', url, reason });
}
