import { TimeoutException } from '../../exceptions/rejection.exceptions.js';
import { announceTimeout } from '../notify.js';
import type { PipelineParts } from '../pipeline-parts.js';
import type { CallLimits } from '../call-limits.js';

/** What a caller is told when an attempt has run out of time; announces it. */
export function timedOut(
  { parts, limits }: { readonly parts: PipelineParts; readonly limits: CallLimits },
  attempt: number,
  cause?: unknown,
): TimeoutException {
  const { name, attempt: timeout } = limits;
  announceTimeout(parts, { scope: 'attempt', timeout, attempt });
  return new TimeoutException({ scope: 'attempt', timeout, name, cause });
}
