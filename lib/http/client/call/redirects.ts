import type { ResolvedRequestOptions } from '../../http.options.js';
import type { PreparedRequest, TransportResponse } from '../../transport.js';
import { unconditioned } from '../answer/headers/conditions.js';
import { followRedirect, losesKey } from '../answer/redirect.js';
import type { CallDeps } from './call-deps.js';
import { moveTo } from './move-to.js';
import type { SendState } from './send-state.js';

/** The redirects of one call. */
export class Redirects {
  /** The attempt that is under way at an origin which was not given the key. */
  private withoutKey: SendState | undefined;

  constructor(
    private readonly options: ResolvedRequestOptions,
    private readonly deps: CallDeps,
    /** True if requests may ask whether a kept answer still holds: that is no matter of another place. */
    private readonly mayAsk: boolean,
  ) {}

  /** The request to which an answer leads; undefined if it is not to be made. */
  next(
    request: PreparedRequest,
    sendState: SendState,
    response: TransportResponse,
    redirectsLeft: number,
  ): PreparedRequest | undefined {
    const rules = { ...this.options, redirectsLeft, endpointOf: this.deps.endpointOf };
    const next = followRedirect(this.mayAsk ? unconditioned(request) : request, response, rules);
    if (!next || !losesKey(request, next)) return next;
    // two attempts beside each other would do it twice there
    if (this.withoutKey) return undefined;
    this.withoutKey = sendState;
    sendState.hasLostKey = true;
    return next;
  }

  /** Follows a redirect; a next attempt may lose the key again once that is over. */
  during<T>(sendState: SendState, following: Promise<T>): Promise<T> {
    if (this.withoutKey !== sendState) return following;
    return following.finally(() => (this.withoutKey = undefined));
  }
}

/** Goes on to the place to which a redirect leads. */
export async function enterHop(
  request: PreparedRequest,
  next: PreparedRequest,
  sendState: SendState,
  deps: CallDeps,
): Promise<void> {
  sendState.hops++;
  if (next.method !== request.method) sendState.wasDone = true;
  if (next.origin !== request.origin) await moveTo(next, sendState.attempt, deps);
}
