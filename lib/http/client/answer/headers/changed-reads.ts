import { utf8Value } from '../../../response/response-headers.js';
import { resolveLocation } from '../../../request/request-url.js';
import type { PreparedRequest, TransportRequest, TransportResponse } from '../../../transport.js';

/**
 * The reads whose kept answers a change has made wrong: of the place itself, and of those of the same origin that the answer names.
 *
 * @param place - the place as keys have it
 * @param sent - the request that was answered
 */
export function changedReads(
  place: PreparedRequest,
  sent: TransportRequest,
  { headers }: TransportResponse,
): PreparedRequest[] {
  const here = { origin: sent.origin, path: sent.path, shown: sent.url };
  const named = [headers.location, headers['content-location']].flatMap((value) => {
    const target =
      value === undefined ? undefined : resolveLocation(here, utf8Value(String([value].flat()[0])));
    return target?.origin === sent.origin ? target.path : [];
  });
  return [place.path, ...named].map((path) => ({ ...place, method: 'GET', path }));
}
