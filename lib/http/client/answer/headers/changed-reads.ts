import { BEFORE_CHOICE } from '../../../endpoints/endpoint-source.js';
import type { Endpoint } from '../../../endpoints/endpoint.js';
import { utf8Value } from '../../../response/response-headers.js';
import { resolveLocation } from '../../../request/request-url.js';
import type { PreparedRequest, TransportRequest, TransportResponse } from '../../../transport.js';

/**
 * The reads whose kept answers a change has made wrong: of the place itself, and of those of the same origin that the answer names.
 *
 * @param place - the place as keys have it
 * @param sent - the request that was answered
 * @param endpoint - the endpoint that has answered, where the client has some
 */
export function changedReads(
  place: PreparedRequest,
  sent: TransportRequest,
  { headers }: TransportResponse,
  endpoint: Endpoint | undefined,
): PreparedRequest[] {
  const here = { origin: sent.origin, path: sent.path, shown: sent.url };
  const named = [headers.location, headers['content-location']].flatMap((value) => {
    const target =
      value === undefined ? undefined : resolveLocation(here, utf8Value(String([value].flat()[0])));
    return target?.origin === sent.origin ? target.path : [];
  });
  const paths = endpoint ? [sent.path, ...named] : named;
  const others = paths.flatMap((path) => [{ origin: sent.origin, path }, ...beforeChoice(endpoint, path)]);
  return [{}, ...others].map((one) => ({ ...place, ...one, method: 'GET' }));
}

/** The place below an endpoint as keys have it: without the path that belongs to the endpoint. */
function beforeChoice(endpoint: Endpoint | undefined, path: string) {
  const { prefix } = endpoint?.base ?? {};
  if (prefix === undefined || !path.startsWith(`${prefix}/`)) return [];
  return [{ origin: BEFORE_CHOICE.origin, path: path.slice(prefix.length) }];
}
