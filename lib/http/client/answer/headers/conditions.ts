import type { SentHeaders } from '../../../request-headers.js';
import type { PreparedRequest, ResponseHeaders } from '../../../transport.js';

/** Headers that ask whether a kept answer still holds (RFC 9110 §13.1). */
const CONDITIONS = ['if-none-match', 'if-modified-since'] as const;

/** Headers that an answer 304 does not change: those of the connection, and those of a body that it does not have (RFC 9111 §3.2). */
const NOT_RENEWED =
  /^(?:connection|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.+|content-(?:encoding|length|range))$/;

/** True for a request that asks whether a kept answer still holds. */
function isAsking({ headers }: PreparedRequest): boolean {
  return CONDITIONS.some((name) => headers[name] !== undefined);
}

/** True for a request that asks in these words, and in no others. */
export function asksFor(request: PreparedRequest, conditions: SentHeaders): boolean {
  return isAsking(request) && CONDITIONS.every((name) => request.headers[name] === conditions[name]);
}

/** The same request without the question whether a kept answer still holds. */
export function unconditioned(request: PreparedRequest): PreparedRequest {
  if (!isAsking(request)) return request;
  const headers = { ...request.headers };
  for (const name of CONDITIONS) delete headers[name];
  return { ...request, headers };
}

/** The headers of a kept answer after an answer 304. */
export function renewedHeaders(
  kept: Readonly<ResponseHeaders>,
  by: Readonly<ResponseHeaders>,
): ResponseHeaders {
  const headers = { ...kept };
  // how old it was when it came for the first time, and when that was, says nothing of now
  delete headers.age;
  delete headers.date;
  for (const [name, value] of Object.entries(by)) if (!NOT_RENEWED.test(name)) headers[name] = value;
  return headers;
}
