import { TimeoutException } from '../../../exceptions/rejection.exceptions.js';
import { UpstreamConnectionException } from '../../../exceptions/upstream.exceptions.js';
import { explainFailure } from '../../../failures/explain-failure.js';
import { neverConnected } from '../../request/replay-safety.js';
import type { SendState } from './send-state.js';

/**
 * True if an attempt has failed because no connection to its endpoint came about, for a reason that may be another one's luck:
 * refused, unreachable, not found, or too late. Nothing was sent then. A certificate, and a shortage of this machine, are no such
 * reason; nor is the place to which the endpoint has redirected.
 */
export function wasUnreached(
  error: unknown,
  { hops, isRepetition, wasSent, attempt }: Pick<SendState, 'hops' | 'isRepetition' | 'wasSent' | 'attempt'>,
): error is TimeoutException | UpstreamConnectionException {
  if (hops > 0 || isRepetition || !attempt.concernsUpstream) return false;
  if (error instanceof TimeoutException) return !wasSent;
  if (!(error instanceof UpstreamConnectionException) || (wasSent && !neverConnected(error))) return false;
  const { kind, circuit } = explainFailure(error);
  return kind === 'transient' && circuit === 'failure';
}
