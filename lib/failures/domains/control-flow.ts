import { statusOf } from '../../policy/http-status.js';
import type { FailureDomain } from '../failure-domain.js';
import type { Look } from '../look.js';

const ORDERS: ReadonlySet<string> = new Set([
  'UnrecoverableError',
  'DelayedError',
  'RateLimitError',
  'WaitingChildrenError',
  'WaitingError',
]);

/** An order of a job to its worker, thrown as an error. The SDKs of AI services have a `RateLimitError` too, with a status. */
export function controlFlowOf({ name, error }: Look): string | undefined {
  return ORDERS.has(name) && statusOf(error) === undefined ? name : undefined;
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
