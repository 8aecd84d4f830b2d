import { InvalidRequestException } from '../../../exceptions/upstream.exceptions.js';
import type { RequestLayer } from '../../http.options.js';
import { isAbsolute, parseBase, resolveTarget, shownUrl } from '../../request/request-url.js';
import type { ParsedBase, RequestTarget } from '../../request/request-url.js';
import type { ClientDefaults } from '../client-defaults.js';

/** The way of a request to its place. */
export interface RequestWay {
  /** True if the URL may lead to another origin, whatever `allowAbsoluteUrls` says. */
  readonly mayLeave: boolean;
  /** The base that is joined with a relative URL, unless the request brings its own. Default: that of the client. */
  readonly base?: ParsedBase | undefined;
}

/** The place to which a request goes. */
export interface RequestPlace {
  readonly place: RequestTarget;
  /** True if it is of another origin than the client's. */
  readonly isForeign: boolean;
}

/**
 * Works out where a request goes.
 *
 * @throws InvalidRequestException for a URL that is none, or that leads to an origin to which the client may not go
 */
export function placeOf(
  url: unknown,
  client: ClientDefaults,
  own: RequestLayer | undefined,
  { mayLeave, base: given = client.base }: RequestWay,
): RequestPlace {
  const base = own?.baseUrl === undefined ? given : parseBase(own.baseUrl);
  const place = resolveTarget(base, url);
  const isForeign = base !== undefined && isOutside(place, base, client);
  const { allowAbsoluteUrls = base === undefined } = client.layer;
  if (!allowAbsoluteUrls && !mayLeave && (base ? isForeign : isAbsolute(url)))
    throw leadsAway(url, base, client);
  return { place, isForeign };
}

function isOutside({ origin }: RequestTarget, base: ParsedBase, client: ClientDefaults): boolean {
  const isEndpoint = client.endpoints?.endpointOf(origin) !== undefined;
  return origin !== base.origin && origin !== client.base?.origin && !isEndpoint;
}

function leadsAway(
  url: unknown,
  base: ParsedBase | undefined,
  { endpoints }: ClientDefaults,
): InvalidRequestException {
  const home = endpoints ? 'one of the endpoints' : base?.origin;
  const expected = base === undefined ? 'a path below a baseUrl' : `a path, or a URL of ${home}`;
  const reason = `url: expected ${expected} (see allowAbsoluteUrls), got ${shownUrl(String(url))}`;
  return new InvalidRequestException({ reason });
}
