import type { FailureDomain } from '../failure-domain.js';
import type { Look } from '../look.js';

const RETRYABLE_LABELS: ReadonlySet<unknown> = new Set([
  'TransientTransactionError',
  'RetryableWriteError',
  'RetryableReadError',
  'ResumableChangeStreamError',
]);

function serverCode({ name, code }: Look): number | undefined {
  return name.startsWith('Mongo') ? (code as number) : undefined;
}

function label(look: Look): string | undefined {
  const labels = look.get('errorLabels');
  return Array.isArray(labels) ? (labels.find((one) => RETRYABLE_LABELS.has(one)) as string) : undefined;
}

export const mongo: FailureDomain = {
  id: 'mongo',
  title: 'MongoDB and mongoose',
  source: 'MongoDB error codes (error_codes.yml); specification of retryable reads and writes',
  sets: [
    {
      tier: 'client',
      on: 'number code',
      by: serverCode,
      lines: [
        ['T', '6 7 89 9001', 'the network failed'],
        ['T', '50 262', 'the operation took longer than the server allows'],
        ['T', '91 11600', 'the server shuts down'],
        ['T', '134', 'the data is not there yet'],
        ['T', '189 10107 11602 13435 13436', 'the primary has stepped down'],
        ['TI', '112', 'a write conflict: this transaction has lost a race'],
        ['PS', '13 18', 'the server refuses this user'],
        ['PS', '2 9 14 26 59 66 121 11000', 'the server has judged this operation'],
        [
          'PS',
          '28 40 52 53 56 57 72 73 10334 11001 17280 17419 40324 51091',
          'the server refuses this value',
        ],
      ],
    },
    {
      tier: 'client',
      needs: ['errorLabels'],
      by: label,
      lines: [
        [
          'T',
          'TransientTransactionError RetryableWriteError RetryableReadError ResumableChangeStreamError',
          'the server says that the operation may be run again',
        ],
      ],
    },
    {
      tier: 'client',
      by: 'name',
      yields: true,
      lines: [
        ['T', 'MongoNetworkError MongoNetworkTimeoutError', 'the network failed'],
        ['T', 'MongoServerSelectionError MongooseServerSelectionError', 'no server could be reached'],
        ['T', 'MongoPoolClearedError MongoWaitQueueTimeoutError', 'no connection of the pool in time'],
        ['T', 'MongoOperationTimeoutError', 'no answer in time'],
      ],
    },
    {
      tier: 'client',
      by: 'name',
      lines: [
        [
          'PI',
          'MongoParseError MongoInvalidArgumentError MongoAPIError MongoCompatibilityError MongoMissingCredentialsError ' +
            'MongoMissingDependencyError MongoTailableCursorError',
          'the client was used in a wrong way',
        ],
        [
          'PI',
          'MongoTransactionError MongoCursorExhaustedError MongoCursorInUseError MongoExpiredSessionError MongoBatchReExecutionError',
          'it is over already',
        ],
      ],
    },
    {
      tier: 'name',
      by: 'name',
      lines: [
        ['TI', 'VersionError', 'mongoose: the document has changed: this writer has lost a race'],
        ['PI', 'DocumentNotFoundError', 'mongoose: there is no such document'],
      ],
    },
    {
      tier: 'client',
      on: 'words',
      by: ({ message }) =>
        / buffering timed out after \d+ms/.test(message) ? 'buffering_timed_out' : undefined,
      lines: [['T', 'buffering_timed_out', 'mongoose: no connection in time']],
    },
  ],
};
