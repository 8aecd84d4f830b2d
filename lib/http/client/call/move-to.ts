import type { Attempt } from '../../../pipeline/attempt-context.js';
import { throwIfOver } from './attempt-request.js';
import type { PreparedRequest } from '../../transport.js';
import type { CallDeps } from './call-deps.js';

/** Moves an attempt to another origin: to a slot of it, for which the attempt may have to wait, and to its circuit. */
export async function moveTo(
  next: PreparedRequest,
  attempt: Attempt,
  { slots, keyOf, figures }: Pick<CallDeps, 'slots' | 'keyOf' | 'figures'>,
): Promise<void> {
  // a slot that an ended attempt takes would never be given back
  throwIfOver(attempt);
  // an attempt that runs out of time while it waits says nothing of the origin that has led it there
  attempt.concernsUpstream = false;
  if (slots) await attempt.slot?.goTo(slots.forKey(next.origin), figures());
  attempt.concernsUpstream = true;
  attempt.moveTo?.(keyOf(next));
}
