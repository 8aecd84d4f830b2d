import { mayRepeatRefused } from '../../request/replay-safety.js';
import type { PreparedRequest, TransportResponse } from '../../transport.js';
import { throwIfOver } from './attempt-request.js';
import type { Auth } from '../auth.js';
import type { SendState } from './send-state.js';

/** A request that may have been refused. */
interface RefusedRequest {
  /** The request with which the attempt began. */
  readonly sent: PreparedRequest;
  /** The request to which redirects have led it; another origin has not seen the token. */
  readonly answered: PreparedRequest;
}

/**
 * Renews the token of an attempt that was answered with 401, once; true if the request is to be sent again with the next
 * one. A request that must not be sent again ends with its answer, and the next call has the new token.
 */
export async function renewRefused(
  auth: Auth | undefined,
  sendState: SendState,
  { sent, answered }: RefusedRequest,
  { status }: TransportResponse,
): Promise<boolean> {
  const { token, attempt } = sendState;
  if (!auth || !token || status !== 401 || sendState.isRepetition) return false;
  if (answered.headers.authorization === undefined) return false;
  const renewal = Promise.resolve(auth.renew(token));
  if (!mayRepeatRefused(sent, sendState)) {
    renewal.catch(() => undefined);
    return false;
  }
  sendState.forget();
  sendState.isRepetition = true;
  await renewal;
  throwIfOver(attempt);
  return true;
}
