import { describe, expect, it } from '@jest/globals';
import { isLocalShortage } from '../../../lib/failures/domains/node.js';
import { explainFailure } from '../../../lib/failures/explain-failure.js';
import { MEANINGS } from '../../drivers/table.mjs';

const error = (properties: object, message = 'x') => Object.assign(new Error(message), properties);
const named = (name: string, more: object = {}, message = 'x') => error({ name, ...more }, message);
const aws = (name: string, status: number, more: object = {}) =>
  named(name, { $fault: 'client', $metadata: { httpStatusCode: status }, ...more });
const cancelled = (...codes: string[]) =>
  aws('TransactionCanceledException', 400, { CancellationReasons: codes.map((Code) => ({ Code })) });
const kafka = (type: unknown, more: object = {}) => named('KafkaJSProtocolError', { type, ...more });
const raw = (meta: object) => error({ code: 'P2010', meta });

const reset = error({ code: 'ECONNRESET' });

/** Makes errors that differ from a known one by the beginning or the end of a word. */
const around = (word: string, make: (word: string) => unknown) =>
  [`X${word}`, `${word}X`].map((other) => [other, make(other)] as const);

it.each<readonly [string, unknown]>([
  ...around('TransactionConflictException', (name) => named(name, { $metadata: {} })),
  ...around('RequestTimeout', (name) => named(name, { $metadata: {} })),
  ...around('ReplyError', (name) => named(name, {}, 'LOADING x')),
  ...around('SimpleError', (name) => named(name, {}, 'LOADING x')),
  ...around('BusyError', (name) => named(name, { code: 51 })),
  ...around('P2002', (code) => error({ code })),
  ...around('22P02', (code) => error({ code, severity: 'ERROR' })),
  ...around('22P02', (sqlState) => error({ sqlState })),
  ...around('08006', (code) => error({ code })),
  ...around('ENOENT', (code) => error({ code })),
  ...around('EREQUEST', (code) => error({ code: code.replace('X', 'x'), number: 547 })),
  ...around('EENVELOPE', (code) => error({ code: code.replace('X', 'x'), responseCode: 550 })),
  ['XERR_SSL_ALERT', error({ code: 'XERR_SSL_ALERT' })],
  ['Proxy', new Error('a Proxy response (407) !== 200 when HTTP Tunneling')],
  ['closed', new Error('a Connection closed: 404 (NOT-FOUND) with message "x"')],
  ['handshake', new Error('a Handshake terminated by server: 403 (x')],
  ['name', new Error('an invalid stream name')],
  ['KafkaJSMyKafkaJSConnectionError', named('KafkaJSMyKafkaJSConnectionError')],
])('a word that only contains a known one says nothing: %s', (_word, failure) => {
  expect(explainFailure(failure).rule).toBe('unknown');
});

it.each<readonly [string, unknown]>([
  ['a number of gRPC beside metadata that are none', error({ code: 5, metadata: null })],
  ['a number of gRPC beside metadata that are a text', error({ code: 5, metadata: 'x' })],
  ['a code of tRPC', error({ code: 'BAD_REQUEST' })],
  ['a number of Cassandra', error({ code: 4096 })],
  ['a number of ClickHouse', error({ code: '62' })],
  ['a number of LDAP', error({ code: 51 })],
  ['a type of node-fetch', error({ type: 'max-size' })],
  ['words of axios', error({ code: 'ERR_X' }, 'maxContentLength size of 1 exceeded')],
  ['words of its stream', error({ code: 'ERR_X' }, 'stream has been aborted')],
  ['words of its protocols', error({ code: 'ERR_X' }, 'Unsupported protocol gopher:')],
  ['words of its body', error({ code: 'ERR_X' }, 'Request body larger than maxBodyLength limit')],
  ['words of HTTP/2', error({ code: 'ERR_X' }, 'NGHTTP2_REFUSED_STREAM')],
  ['a stream that broke off', error({ code: 'ERR_HTTP2_STREAM_ERROR' }, 'NGHTTP2_INTERNAL_ERROR')],
  ['a number of SQLite beside another code', error({ code: 'ERR_X', errcode: 5 })],
  ['a number of SQLite as a text', error({ code: 'ERR_SQLITE_ERROR', errcode: '5' })],
  ['a number of Oracle as a text', error({ errorNum: '1' })],
  ['replies before another error', named('X', { previousErrors: [named('ReplyError', {}, 'OOM x')] })],
  ['data that are none', error({ data: null })],
  ['a code below the statuses', error({ code: 399, response: {} })],
  ['a code above the statuses', error({ code: 600, response: {} })],
  ['a code between two statuses', error({ code: 404.5, response: {} })],
  ['a number below those of mail', error({ responseCode: 399, command: 'x' })],
  ['a number above those of mail', error({ responseCode: 600, command: 'x' })],
  ['a raw query whose code is none', raw({ code: {} })],
  ['a code of a database beside no raw query', error({ meta: { code: '40001' } })],
  ['a violation without its property', [{ property: 5, target: {} }]],
  ['a violation of nothing', [{ property: 'x', target: null }]],
  ['a numeric SQLSTATE', error({ code: 22012, severity: 'ERROR' })],
])('%s without its client says nothing', (_what, failure) => {
  expect(explainFailure(failure).rule).toBe('unknown');
});

describe('at the edge of a rule', () => {
  it.each<readonly [what: string, failure: unknown, expected: string]>([
    ['AWS’s older name', aws('ProvisionedThroughputExceeded', 400), 'TI aws/ProvisionedThroughputExceeded'],
    ['a throttled table', cancelled('None', 'ThrottlingError'), 'TI aws/TransactionCanceledException'],
    ['another one', cancelled('ProvisionedThroughputExceeded'), 'TI aws/TransactionCanceledException'],
    ['no reason at all', cancelled('None'), 'PS aws/TransactionCanceledException'],
    [
      'reasons of something else',
      aws('OtherException', 400, { CancellationReasons: [{ Code: 'TransactionConflict' }] }),
      'PS aws/OtherException',
    ],
    ['a client fault that is throttled', aws('X', 429), 'TI http/429'],
    ['a client fault that is none', aws('X', 503), 'T http/503'],
    ['a client fault that cannot be', aws('X', 501), 'PI http/501'],
    ['a client fault that may be repeated', aws('X', 400, { $retryable: {} }), 'T aws/retryable'],
    ['the least status', error({ code: 400, response: {} }), 'PS http/400'],
    ['an operation that AMQP ends', new Error('Operation failed: QueueDeclare; 404 (N) x'), 'PS amqp/404'],
    ['RabbitMQ of Nest', new Error('Disconnected from RMQ. Trying to reconnect.'), 'T amqp/lost'],
    ['MQTT that is silent', new Error('Keepalive timeout'), 'T mqtt/timeout'],
    [
      'Kafka’s log-in',
      kafka('SASL_AUTHENTICATION_FAILED', { retriable: true }),
      'PS kafka/SASL_AUTHENTICATION_FAILED',
    ],
    ['almost Kafka’s log-in', kafka('X_SASL_X', { retriable: true }), 'T kafka/X_SASL_X'],
    ['almost too large', kafka('X_MESSAGE_TOO_LARGE', { retriable: true }), 'T kafka/X_MESSAGE_TOO_LARGE'],
    [
      'almost too large, too',
      kafka('MESSAGE_TOO_LARGE_X', { retriable: true }),
      'T kafka/MESSAGE_TOO_LARGE_X',
    ],
    ['Kafka’s end with a cause that is none', kafka('X', { retriable: false, cause: null }), 'PI kafka/X'],
    ['Kafka’s end by its name', named('KafkaJSNonRetriableError'), 'PI kafka/KafkaJSNonRetriableError'],
    ['Kafka’s end with a cause', kafka('X', { retriable: false, cause: new Error('?') }), 'U unknown'],
    ['mail, first number', error({ responseCode: 400, command: 'x' }), 'T mail/400'],
    ['mail, in the middle', error({ responseCode: 500, command: 'x' }), 'PS mail/500'],
    ['mail, last number', error({ responseCode: 599, response: '599 x' }), 'PS mail/599'],
    ['mail by its code', error({ responseCode: 550, code: 'EENVELOPE' }), 'PS mail/550'],
    ['SQL Server by its code', error({ number: 547, code: 'EREQUEST' }), 'PS mssql/547'],
    ['ldapjs', error({ code: 51, lde_message: 'x' }), 'T ldap/51'],
    ['knex’s pool', new Error('Unable to acquire a connection now'), 'PI orm/Unable_to_acquire_a_connection'],
    ['a raw query with a number', raw({ code: 1062 }), 'PS mysql/1062'],
    [
      'a raw query’s words',
      raw({ driverAdapterError: { cause: { originalCode: '57014', originalMessage: 'statement timeout' } } }),
      'T sql/57014',
    ],
    ['what is no raw query', error({ code: 'P2002', meta: { code: '40001' } }), 'PS prisma/P2002'],
    ['a reply of one word', named('ReplyError', {}, 'LOADING'), 'T redis/LOADING'],
    ['a reply without a word', named('ReplyError', {}, 'oops LOADING x'), 'PS redis/reply'],
    ['almost ours', { code: 'XRESILIENCE_CIRCUIT_OPEN', statusCode: 503 }, 'T http/503'],
    ['almost ours, too', { code: 'RESILIENCE_CIRCUIT_OPEN1', statusCode: 503 }, 'T http/503'],
    ['a SQLSTATE of MariaDB', error({ sqlState: '57P01' }), 'T sql/57P01'],
    ['a SQLSTATE in full', error({ code: '08006' }), 'T sql/08006'],
    ['a number of node:sqlite', error({ code: 'ERR_SQLITE_ERROR', errcode: 261 }), 'T sqlite/SQLITE_BUSY'],
    ['data that are none, around a cause', error({ data: null, cause: reset }), 'T node/ECONNRESET'],
    ['a SQLSTATE that is a number', error({ sqlState: 22012, code: 'ECONNRESET' }), 'T node/ECONNRESET'],
    ['a code that is one', error({ code: 22012, severity: 'x', cause: reset }), 'T node/ECONNRESET'],
    ['a list of codes', error({ code: ['P2002'], cause: reset }), 'T node/ECONNRESET'],
    ['violations within one', [{ property: 'x', children: [] }], 'PI validation/class-validator'],
  ])('%s', (_what, failure, expected) => {
    const [meaning, ...rule] = expected.split(' ');
    const [kind, circuit] = MEANINGS[meaning];
    expect(explainFailure(failure)).toEqual({ kind, circuit, rule: rule.join(' ') });
  });

  it('a shortage of this machine is told from others', () => {
    expect(['EMFILE', 'ENOBUFS', 'EPIPE', undefined].map(isLocalShortage)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
