import { tryOrUndefined } from '../../../policy/error-chain.js';
import type { ResolvedRequestOptions } from '../../http.options.js';
import type { CallDeps } from './call-deps.js';
import { isFollowed } from '../answer/redirect.js';
import { isAccepted, refusal } from '../answer/response.js';
import type { SendState } from './send-state.js';

const NO_BODY = Buffer.alloc(0);

/** The status of an attempt that has run out of time while the body of an error came: its headers are known. */
export function lateErrorOf(
  { status, headers, request }: SendState,
  options: ResolvedRequestOptions,
  { pace, retryAfterOf }: Pick<CallDeps, 'pace' | 'retryAfterOf'>,
): unknown {
  return tryOrUndefined(() => {
    if (status === undefined || isAccepted(options, status)) return undefined;
    if (isFollowed(options, { status, headers })) return undefined;
    const response = { status, headers, body: NO_BODY, isCut: true };
    pace?.learn(request.origin, response);
    return refusal(request, response, retryAfterOf);
  });
}
