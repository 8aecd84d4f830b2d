import { Readable } from 'node:stream';
import { UpstreamResponseException } from '../../exceptions/upstream.exceptions.js';
import { isRedirect } from '../client/redirect.js';
import type { HttpRequest } from '../http.options.js';
import type { RawResponse } from '../client/raw-response.js';
import { clientOf } from '../resilient-http.service.js';
import type { ResilientHttpService } from '../resilient-http.service.js';
import { webBody } from '../response/web-body.js';

/** A drop-in for the global `fetch`. @public */
export type ResilientFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** Answers that have no body, as the `Response` constructor insists. */
const STATUSES_WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * A `fetch` with this client's timeouts, retries and circuits, for SDKs that accept one. Like fetch it resolves
 * with a 404 and, when retries run out, with the last `Response`; it rejects with this library's exceptions when
 * there was no answer, and with the signal's reason when the caller aborts.
 *
 * @example
 * ```ts
 * const client = new SomeSdk({ fetch: createResilientFetch(http) });
 * ```
 * @public
 */
export function createResilientFetch(service: ResilientHttpService): ResilientFetch {
  const client = clientOf(service);
  return async (input, init = {}) => {
    const request = requestOf(input, init);
    const answer = await client.sendRaw(request);
    if ((init.redirect ?? redirectOf(input)) === 'error' && isRedirect(answer.status, answer.headers))
      throw refuseRedirect(answer);
    return toResponse(answer, request);
  };
}

function requestOf(input: string | URL | Request, init: RequestInit): HttpRequest {
  const { url, method, headers, body, signal, redirect } =
    input instanceof Request ? { ...partsOf(input), ...given(init) } : { url: String(input), ...given(init) };
  return {
    method: method ?? 'GET',
    url,
    headers: Object.fromEntries(new Headers(headers)),
    body,
    signal: signal ?? undefined,
    maxRedirects: redirect === undefined || redirect === 'follow' ? undefined : 0,
  };
}

/** The parts of a Request, whose properties are not its own. */
function partsOf({ url, method, headers, body, signal, redirect }: Request): RequestInit & { url: string } {
  return { url, method, headers, body, signal, redirect };
}

function given(init: RequestInit): RequestInit {
  return Object.fromEntries(Object.entries(init).filter(([, value]) => value !== undefined));
}

function redirectOf(input: string | URL | Request): string | undefined {
  return input instanceof Request ? input.redirect : undefined;
}

function refuseRedirect({ data, shown: url }: RawResponse): UpstreamResponseException {
  if (data instanceof Readable) data.destroy();
  const reason = "it redirects, and redirect is 'error'";
  return new UpstreamResponseException({ code: 'RESILIENCE_TOO_MANY_REDIRECTS', url, reason });
}

function toResponse(answer: RawResponse, { method }: HttpRequest): Response {
  const { status, headers, data, url, redirected, statusText } = answer;
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((item): [string, string] => [name, item]),
  );
  const hasBody =
    data instanceof Readable && !STATUSES_WITHOUT_BODY.has(status) && method?.toUpperCase() !== 'HEAD';
  // an empty body still has to be read to its end, so that its connection is free again
  if (data instanceof Readable && !hasBody) data.resume();
  // fetch answers with any status, the constructor takes only those that it knows
  const shown = { url, redirected, statusText };
  const known = status <= 599 ? shown : { ...shown, status, ok: false };
  const response = new Response(hasBody ? webBody(data) : null, {
    status: Math.min(status, 599),
    headers: lines,
  });
  for (const [name, value] of Object.entries(known))
    Object.defineProperty(response, name, { value, configurable: true });
  return response;
}
