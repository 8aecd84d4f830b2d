import { isResilienceException } from '../../exceptions/resilience.exception.js';
import type { FailureDomain } from '../failure-domain.js';
import type { Look } from '../look.js';

const OURS = /^RESILIENCE_([A-Z_]{1,40})$/;

/** The code of an exception of this library; that of an upstream's answer is judged by its status, and no answer by its cause. */
function ownCode({ code, error }: Look): string | undefined {
  const [, own] = OURS.exec(code as string) ?? [];
  if (!isResilienceException(error)) return undefined;
  if (own !== 'UPSTREAM_CONNECTION') return own;
  return (error as { cause?: unknown }).cause === undefined ? own : undefined;
}

/** A refusal at the other end of a message, as `ResilienceExceptionFilter` writes it. */
function remoteCode(look: Look): string | undefined {
  if (typeof look.get('statusCode') !== 'number' || isResilienceException(look.error)) return undefined;
  return OURS.exec(look.code as string)?.[1];
}

export const resilience: FailureDomain = {
  id: 'resilience',
  title: 'This library',
  source: 'its own exceptions',
  sets: [
    {
      tier: 'client',
      on: 'text code',
      by: ownCode,
      lines: [
        ['T', 'TIMEOUT', 'no answer in time'],
        ['T', 'UPSTREAM_CONNECTION', 'no answer'],
        [
          'PI',
          'CIRCUIT_OPEN BULKHEAD_FULL RATE_LIMITED SHUTDOWN INVALID_REQUEST CONFIGURATION',
          'refused on this side: nothing was sent',
        ],
        ['PI', 'RESPONSE_TOO_LARGE TOO_MANY_REDIRECTS INVALID_RESPONSE', 'an answer that cannot be used'],
      ],
    },
  ],
};

export const remote: FailureDomain = {
  id: 'remote',
  title: 'This library at the other end of a message',
  source: 'what `ResilienceExceptionFilter` sends',
  sets: [
    {
      tier: 'client',
      on: 'text code',
      needs: ['statusCode'],
      by: remoteCode,
      lines: [
        ['T', 'CIRCUIT_OPEN TIMEOUT SHUTDOWN', 'the other side, or what it needs, is in trouble'],
        ['TI', 'BULKHEAD_FULL RATE_LIMITED', 'the other side is alive and has enough to do'],
      ],
    },
  ],
};
