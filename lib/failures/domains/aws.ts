import { TRANSIENT_STATUSES } from '../../policy/http-status.js';
import { read } from '../../policy/error-chain.js';
import type { FailureDomain } from '../failure-domain.js';
import type { Look } from '../look.js';

const THROTTLED =
  /Throttl|^(BandwidthLimitExceeded|LimitExceededException|ProvisionedThroughputExceeded(Exception)?|RequestLimitExceeded|SlowDown|TooManyRequestsException)$/;
const RACES = /^(TransactionConflictException|TransactionInProgressException|PriorRequestNotComplete)$/;
/** Reasons of a transaction that was cancelled: a conflict, or a throttled table. */
const LOST_OR_THROTTLED: ReadonlySet<unknown> = new Set([
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
]);
const SLOW = /^RequestTimeout(Exception)?$/;

const isAws = (look: Look) => look.get('$metadata') !== undefined || look.get('$fault') !== undefined;

function byName(look: Look): string | undefined {
  if (!isAws(look)) return undefined;
  const { name } = look;
  if (THROTTLED.test(name)) return 'throttled';
  if (SLOW.test(name)) return 'RequestTimeout';
  return RACES.test(name) || isCancelledByConflict(look) ? 'conflict' : byTrait(look);
}

/** A transaction of DynamoDB in which every reason is a conflict, or none. */
function isCancelledByConflict(look: Look): boolean {
  const reasons = look.name === 'TransactionCanceledException' ? look.get('CancellationReasons') : undefined;
  if (!Array.isArray(reasons)) return false;
  const codes = reasons.map((reason) => read(reason, 'Code')).filter((code) => code !== 'None');
  return codes.length > 0 && codes.every((code) => LOST_OR_THROTTLED.has(code));
}

function byTrait(look: Look): string | undefined {
  const { status } = look;
  if (look.get('$fault') === 'server') return status === undefined ? 'server_fault' : undefined;
  const isJudged = status === undefined || !(TRANSIENT_STATUSES.has(status) || status >= 500);
  return look.get('$fault') === 'client' && isJudged && !look.get('$retryable') ? 'client_fault' : undefined;
}

/** `$retryable` is the SDK's own word, with or without marks. */
function retryable(look: Look): string | undefined {
  const trait = look.get('$retryable');
  if (!trait) return undefined;
  return read(trait, 'throttling') === true ? 'throttled' : 'retryable';
}

export const aws: FailureDomain = {
  id: 'aws',
  title: 'AWS SDK for JavaScript v3',
  source: 'Smithy retryable trait; AWS SDK retry behaviour; DynamoDB error handling',
  sets: [
    {
      tier: 'client',
      needs: ['$metadata', '$fault'],
      by: byName,
      shown: ({ name }) => name,
      lines: [
        ['TI', 'throttled', 'throttled'],
        ['TI', 'conflict', 'a conflict: this transaction has lost a race'],
        ['T', 'RequestTimeout', 'too slow in sending'],
        ['T', 'server_fault', 'the service is in trouble'],
        ['PS', 'client_fault', 'the service has judged this request'],
      ],
    },
    {
      tier: 'client',
      needs: ['$retryable'],
      by: retryable,
      lines: [
        ['TI', 'throttled', 'throttled'],
        ['T', 'retryable', 'the SDK says that it may be repeated'],
      ],
    },
    {
      tier: 'name',
      by: 'name',
      lines: [['PI', 'CredentialsProviderError TokenProviderError', 'there are no credentials']],
    },
  ],
};
