import { TimeoutException } from '../../exceptions/rejection.exceptions.js';
import type { CallLimits } from '../call-limits.js';
import { notifyTimeout } from '../notify.js';
import type { PipelineParts } from '../pipeline-parts.js';

/** Makes the error of an attempt that has run out of time, and notifies the listeners. */
export function timedOut(
  { parts, limits }: { readonly parts: PipelineParts; readonly limits: CallLimits },
  attempt: number,
  cause?: unknown,
): TimeoutException {
  const { name, attempt: timeout } = limits;
  notifyTimeout(parts, { scope: 'attempt', timeout, attempt });
  return new TimeoutException({ scope: 'attempt', timeout, name, cause });
}
