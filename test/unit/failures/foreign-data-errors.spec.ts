import { describe, expect, it } from '@jest/globals';
import { classifyFailure } from '../../../lib/failures/classify-failure.js';
import { recordFailureAs } from '../../../lib/strategies/circuit-breaker/record-as.js';
import { made, ofClass, system } from '../../support/foreign-errors.js';
import type { ForeignRow } from '../../support/foreign-errors.js';

const pg = (code: string) =>
  made('pg', { name: 'error', code, severity: 'ERROR', routine: 'x', detail: 'y' });
const mysql = (code: string, errno: number, sqlState = 'HY000') =>
  made('mysql2', { code, errno, sqlState, sqlMessage: 'x' });
const mongo = (name: string, more: object = {}, cause?: unknown) =>
  ofClass(name, 'mongodb', { errorLabels: [], ...more }, cause);
const labelled = (name: string, ...errorLabels: string[]) => mongo(name, { errorLabels });
const reply = (message: string) => ofClass('ReplyError', message, { command: { name: 'get', args: ['k'] } });
const grpc = (code: number, details: string) => made(`${code}: ${details}`, { code, details, metadata: {} });
const aws = (name: string, httpStatusCode: number, more: object = {}) =>
  made('aws', {
    name,
    $fault: 'client',
    $metadata: { httpStatusCode, requestId: 'x', attempts: 3 },
    ...more,
  });

const transient: ForeignRow[] = [
  ['ioredis: closed, by hand or for good', made('Connection is closed.')],
  ['grpc: DEADLINE_EXCEEDED, which may have happened', grpc(4, 'Deadline exceeded')],
  ['pg: a serialization failure', pg('40001'), 'ignore'],
  ['pg: a deadlock', pg('40P01'), 'ignore'],
  ['pg: a lock that was not to be had', pg('55P03'), 'ignore'],
  ['pg: too many connections', pg('53300')],
  ['pg: shut down by the administrator', pg('57P01')],
  ['pg: starting up', pg('57P03')],
  ['pg: a session that was idle for too long', pg('57P05')],
  ['pg: a connection that failed', pg('08006')],
  ['pg: a connection that ended', made('Connection terminated unexpectedly')],
  ['pg: no connection of the pool in time', made('timeout exceeded when trying to connect')],
  ['pg: no answer in time', made('Query read timeout')],
  ['pg: a refused connection', new AggregateError([system('ECONNREFUSED'), system('ECONNREFUSED')])],
  ['mysql2: a deadlock', mysql('ER_LOCK_DEADLOCK', 1213, '40001'), 'ignore'],
  ['mysql2: a lock wait', mysql('ER_LOCK_WAIT_TIMEOUT', 1205), 'ignore'],
  ['mysql2: too many connections', mysql('ER_CON_COUNT_ERROR', 1040, '08004')],
  ['mysql2: gone away', made('MySQL server has gone away', { errno: 2006 })],
  ['mysql2: a lost connection', made('Connection lost', { code: 'PROTOCOL_CONNECTION_LOST', fatal: true })],
  [
    'mysql2: a statement that took too long',
    made('Query inactivity timeout', { code: 'PROTOCOL_SEQUENCE_TIMEOUT' }),
  ],
  ['mysql2: no connection in time', made('connect ETIMEDOUT', { code: 'ETIMEDOUT', fatal: true })],
  ['mongodb: no network', mongo('MongoNetworkError', {}, system('ECONNRESET', 'read'))],
  ['mongodb: a socket that timed out', labelled('MongoNetworkTimeoutError', 'ResetPool')],
  ['mongodb: no server to be had', mongo('MongoServerSelectionError', { reason: {} })],
  ['mongodb: a pool that was cleared', labelled('MongoPoolClearedError', 'PoolRequstedRetry')],
  ['mongodb: no connection of the pool in time', mongo('MongoWaitQueueTimeoutError')],
  ['mongodb: a write that may be run again', labelled('MongoServerError', 'RetryableWriteError')],
  ['mongodb: a transaction that may be run again', labelled('MongoServerError', 'TransientTransactionError')],
  ['mongodb: a primary that has stepped down', mongo('MongoServerError', { code: 10107, codeName: 'x' })],
  ['mongodb: a write conflict', mongo('MongoServerError', { code: 112 }), 'ignore'],
  ['mongodb: above its time limit', mongo('MongoServerError', { code: 50, codeName: 'MaxTimeMSExpired' })],
  ['ioredis: loading', reply('LOADING Redis is loading the dataset in memory')],
  ['ioredis: a replica after a failover', reply("READONLY You can't write against a read only replica.")],
  ['ioredis: a cluster that is down', reply('CLUSTERDOWN The cluster is down')],
  ['ioredis: resharding', reply('TRYAGAIN Multiple keys request during rehashing of slot')],
  ['ioredis: a script is running', reply('BUSY Redis is busy running a script.')],
  [
    'ioredis: its retries ended',
    ofClass('MaxRetriesPerRequestError', 'Reached the max retries per request limit'),
  ],
  ['ioredis: no answer in time', made('Command timed out')],
  [
    'ioredis: a connection that closed, which it calls an abort',
    ofClass('AbortError', 'Command aborted due to connection close', { command: { name: 'get', args: [] } }),
  ],
  ['grpc: UNAVAILABLE', grpc(14, 'No connection established')],
  ['grpc: RESOURCE_EXHAUSTED', grpc(8, 'Too many requests'), 'ignore'],
  ['grpc: ABORTED', grpc(10, 'Transaction conflict'), 'ignore'],
  [
    'aws: throttled, by its trait',
    aws('ThrottlingException', 400, { $retryable: { throttling: true } }),
    'ignore',
  ],
  ['aws: throttled, by its name alone', aws('ThrottlingException', 400), 'ignore'],
  ['aws: above the throughput of a table', aws('ProvisionedThroughputExceededException', 400), 'ignore'],
  ['aws: S3 asks to slow down', aws('SlowDown', 503), 'ignore'],
  ['aws: too slow in sending', aws('RequestTimeout', 400)],
  ['aws: a server error of any name', aws('SERVER_ERROR', 500, { $fault: 'server' })],
  ['aws: a socket that timed out', made('', { name: 'TimeoutError', $metadata: { attempts: 3 } })],
];

const permanent: ForeignRow[] = [
  [
    'ioredis: an operation on another type',
    reply('WRONGTYPE Operation against a key holding the wrong kind of value'),
    'success',
  ],
  ['grpc: NOT_FOUND', grpc(5, 'no such order'), 'success'],
  ['ioredis: a consumer group that exists', reply('BUSYGROUP Consumer Group name already exists'), 'success'],
  ['mongodb: a duplicate key', mongo('MongoServerError', { code: 11_000, keyPattern: {} }), 'success'],
  ['mysql2: a duplicate entry', mysql('ER_DUP_ENTRY', 1062, '23000'), 'success'],
  ['pg: a unique violation', pg('23505'), 'success'],
  ['grpc: cancelled by its caller', grpc(1, 'Cancelled on client')],
  ['aws: not found', aws('ResourceNotFoundException', 400), 'success'],
  ['aws: access denied', aws('AccessDeniedException', 403), 'success'],
  ['aws: aborted by its caller', made('Request aborted', { name: 'AbortError' })],
];

const unknown: ForeignRow[] = [
  ['pg: a statement that was cancelled, by a limit or by hand', pg('57014')],
  [
    'mysql2: a closed connection',
    made("Can't add new command when connection is in closed state", { fatal: true }),
  ],
  [
    'mongodb: a commit that may have happened',
    labelled('MongoServerError', 'UnknownTransactionCommitResult'),
  ],
  ['mongodb: a closed client', mongo('MongoTopologyClosedError')],
  ['grpc: cancelled by the server', grpc(1, 'Call cancelled')],
  ['a number that only looks like a gRPC status', made('x', { code: 14 })],
  ['a name that only looks like AWS', made('x', { name: 'SlowDown' })],
];

describe('an error of a database or of a service client', () => {
  it.each(transient)('is transient: %s', (_what, error, recorded = 'failure') => {
    expect([classifyFailure(error), recordFailureAs(error, classifyFailure)]).toEqual([
      'transient',
      recorded,
    ]);
  });

  it.each(permanent)('is permanent: %s', (_what, error, recorded = 'ignore') => {
    expect([classifyFailure(error), recordFailureAs(error, classifyFailure)]).toEqual([
      'permanent',
      recorded,
    ]);
  });

  it.each(unknown)('is unknown: %s', (_what, error) => {
    expect([classifyFailure(error), recordFailureAs(error, classifyFailure)]).toEqual(['unknown', 'failure']);
  });
});
