import { mayRepeat } from '../../request/replay-safety.js';
import type { KeptAnswers } from '../answer/kept-answers.js';
import type { Attempt } from '../../../pipeline/attempt-context.js';
import type { PreparedRequest } from '../../transport.js';
import type { Prepared } from '../prepare/prepare-request.js';
import type { ServerRateLimit } from '../pipelines/server-rate-limit.js';
import type { HttpResult } from '../answer/response.js';
import type { EndpointRoute } from './endpoint-route.js';

/** The manner in which a call is made. */
export interface CallForm {
  /** True if the answer is wanted as it is, whatever its status. */
  readonly isRaw: boolean;
  /** The key of the answer, where answers of the call may be kept or shared. */
  readonly kept?: KeptAnswers | undefined;
  /** The endpoints of the client, where attempts choose among them. */
  readonly destinations: EndpointRoute | undefined;
}

/** A call to one place, whose answer is read. */
export const PLAIN_CALL: CallForm = { isRaw: false, destinations: undefined };

export const NO_ARGS: readonly unknown[] = [];
const FULLY_SENT = { wasSent: true, wasDone: false };

/** True for a request that does no harm if it is done twice. */
export function mayRunTwice({ request, wantsKey }: Prepared): boolean {
  return wantsKey || mayRepeat(request, FULLY_SENT, undefined);
}

/** True for a call that may end with something to let go of. */
export function holdsSomething({ request, options, perAttempt }: Prepared): boolean {
  return request.isOnce || options.responseType === 'stream' || perAttempt?.body?.isFresh === true;
}

/** Runs an attempt of a call, which is `this`. */
export function attempted(this: unknown, attempt: unknown): Promise<HttpResult> {
  return (this as { run(attempt: Attempt): Promise<HttpResult> }).run(attempt as Attempt);
}

/** The request of an attempt, before anything is made for that attempt alone. */
export function requestFor(
  { request }: Prepared,
  { destinations, kept }: CallForm,
  { attempt }: Attempt,
): PreparedRequest {
  const sent = destinations?.requestOf(attempt) ?? request;
  return kept?.judge ? kept.judge.asking(sent) : sent;
}

/** Reads for how many milliseconds stated quotas hold the next attempt back. */
export function waitFor(
  pace: ServerRateLimit,
  { request }: Prepared,
  { destinations }: CallForm,
): (timeLeft: number) => number {
  return destinations
    ? (timeLeft) => destinations.paceOf(pace, timeLeft)
    : (timeLeft) => pace.waitFor(request.origin, timeLeft);
}
