import type { FailureDomain } from '../failure-domain.js';
import { nameOf } from '../look.js';
import type { Look } from '../look.js';

const ORDERS: ReadonlySet<string> = new Set([
  'UnrecoverableError',
  'DelayedError',
  'RateLimitError',
  'WaitingChildrenError',
  'WaitingError',
]);

/** True if the name is that of an order; cheap to tell, and almost never the case. */
export const isNamedAsOrder = (error: unknown): boolean => ORDERS.has(nameOf(error));

/** An order of a job to its worker, thrown as an error. The SDKs of AI services have a `RateLimitError` too, with a status. */
export function controlFlowOf(look: Look): string | undefined {
  return ORDERS.has(look.name) && look.status === undefined ? look.name : undefined;
}

export const bullmq: FailureDomain = {
  id: 'bullmq',
  title: 'BullMQ: orders of a job to its worker',
  source: 'BullMQ documentation, error classes',
  sets: [
    {
      tier: 'client',
      by: controlFlowOf,
      lines: [
        [
          'PI',
          'UnrecoverableError DelayedError RateLimitError WaitingChildrenError WaitingError',
          'control flow: never repeated, never counted, never replaced by a fallback',
        ],
      ],
    },
  ],
};
