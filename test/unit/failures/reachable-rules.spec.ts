import { describe, expect, it } from '@jest/globals';
import { ResilienceException } from '../../../lib/exceptions/resilience.exception.js';
import type { ResilienceErrorCode } from '../../../lib/exceptions/resilience.exception.js';
import { DOMAINS } from '../../../lib/failures/domains.js';
import { STATUS_NAMES } from '../../../lib/failures/domains/grpc.js';
import { TIERS } from '../../../lib/failures/failure-domain.js';
import type { RuleSet } from '../../../lib/failures/failure-domain.js';
import { Look } from '../../../lib/failures/look.js';
import { explainFailure } from '../../../lib/failures/explain-failure.js';
import { ruleFor } from '../../../lib/failures/rule-index.js';
import { MEANINGS } from '../../drivers/table.mjs';

const error = (properties: object, message = 'x') => Object.assign(new Error(message), properties);
const ours = (code: string) =>
  new ResilienceException({ message: 'no', code: `RESILIENCE_${code}` as ResilienceErrorCode, status: 503 });

const GRPC = (key: string) =>
  error({ code: STATUS_NAMES.indexOf(key), details: key === 'CANCELLED' ? 'Cancelled on client' : 'x' });
const SQLITE: Record<string, number> = {
  ERROR: 1,
  BUSY: 5,
  LOCKED: 6,
  READONLY: 8,
  CONSTRAINT: 19,
  MISUSE: 21,
};

const SQLSTATES: Record<string, [code: string, message: string]> = {
  '57014': ['57014', 'canceling statement due to statement timeout'],
  '57014_by_hand': ['57014', 'canceling statement due to user request'],
  '0A000': ['0A000', 'cached plan must not change result type'],
};
const HTTP: Record<string, object> = {
  '403_for_now': { status: 403, headers: { 'retry-after': '1' } },
  '413_for_now': { status: 413, headers: { 'retry-after': '1' } },
  '4xx': { status: 404 },
  '3xx': { code: 'RESILIENCE_UPSTREAM_HTTP', status: 304 },
};
const KAFKA: Record<string, object> = {
  retriable: { name: 'KafkaJSProtocolError', retriable: true },
  connection: { name: 'KafkaJSConnectionError' },
  judged: { name: 'KafkaJSProtocolError', type: 'TOPIC_AUTHORIZATION_FAILED' },
  NonRetriable: { name: 'KafkaJSNonRetriableError', retriable: false },
};
const AWS: Record<string, object> = {
  throttled: { name: 'ThrottlingException', $metadata: {} },
  conflict: { name: 'TransactionConflictException', $metadata: {} },
  RequestTimeout: { name: 'RequestTimeout', $metadata: {} },
  server_fault: { $fault: 'server' },
  client_fault: { $fault: 'client' },
};
const NODE: Record<string, object> = {
  timeout: { code: 'ETIMEDOUT' },
  connect: { code: 'ENOENT', syscall: 'connect' },
  certificate: { code: 'CERT_HAS_EXPIRED' },
  tls: { code: 'ERR_SSL_WRONG_VERSION_NUMBER' },
  ERR_INVALID_ARG: { code: 'ERR_INVALID_ARG_TYPE' },
};
const WORDS: Record<string, string> = {
  'orm/Undefined_binding(s)': 'Undefined binding(s) detected when compiling SELECT.',
  'orm/Unable_to_acquire_a_connection': 'Unable to acquire a connection',
  'orm/closed': 'ConnectionManager.getConnection was called after the connection manager was closed!',
  'mongo/buffering_timed_out': 'Operation `x.find()` buffering timed out after 10ms',
  'nats/name': "invalid stream name - stream name cannot contain '.'",
  'amqp/lost': 'Connection lost',
  'amqp/timeout': 'timeout',
  'amqp/handshake': 'Handshake terminated by server: 403 (ACCESS-REFUSED) with message "x"',
  'mqtt/timeout': 'connack timeout',
  'mqtt/closed': 'client disconnecting',
  'mqtt/topic': 'Invalid topic a/#/b',
};
const AXIOS: Record<string, [code: string, message: string]> = {
  maxContentLength: ['ERR_BAD_RESPONSE', 'maxContentLength size of 1 exceeded'],
  maxBodyLength: ['ERR_BAD_REQUEST', 'Request body larger than maxBodyLength limit'],
  protocol: ['ERR_BAD_REQUEST', 'Unsupported protocol gopher:'],
  cut: ['ERR_BAD_RESPONSE', 'stream has been aborted'],
};

/** Makes an error for a key of a set that has a function, by domain and position of the set. */
const MAKERS: Record<string, (key: string) => unknown> = {
  'resilience 0': ours,
  'remote 0': (key) => ({ code: `RESILIENCE_${key}`, statusCode: 503 }),
  'bullmq 0': (name) => error({ name }),
  'mysql 0': (key) => error({ errno: Number(key) }),
  'sql 0': (key) => {
    const [code, message] = SQLSTATES[key] ?? [key.padEnd(5, '0').replace('0A000', '0A999'), 'x'];
    return error({ code, severity: 'ERROR' }, message);
  },
  'sql 2': (key) => error({ code: `${key}001` }),
  'sqlite 0': (key) => error({ code: `SQLITE_${key}` }),
  'sqlite 1': (key) => error({ code: 'ERR_SQLITE_ERROR', errcode: SQLITE[key] + 256 }),
  'prisma 0': (code) => error({ code }),
  'mongo 0': (key) => error({ name: 'MongoServerError', code: Number(key) }),
  'mongo 1': (key) => error({ errorLabels: ['Other', key] }),
  'mssql 0': (key) => error({ number: Number(key), lineNumber: 1 }),
  'oracle 0': (key) => error(key === 'isRecoverable' ? { isRecoverable: true } : { errorNum: Number(key) }),
  'cassandra 0': (key) => error({ name: 'ResponseError', code: Number(key) }),
  'neo4j 0': (key) => error({ code: /Error$/.test(key) ? `Neo.${key}.Some.Thing` : key }),
  'clickhouse 0': (code) => error({ name: 'ClickHouseError', code }),
  'redis 0': (key) => error({ name: 'ReplyError' }, `${key.replaceAll('_', ' ')} x`),
  'grpc 0': GRPC,
  'grpc 1': (key) => error({ code: key.toLowerCase().replaceAll('_', '-') }),
  'trpc 0': (code) => error({ name: 'TRPCError', code }),
  'nats 0': (key) => error({ name: 'NatsError', code: key === 'INVALID' ? 'INVALID_OPTION' : key }),
  'amqp 0': (key) => error({ code: Number(key), classId: 0 }),
  'mqtt 0': (key) => error({ name: 'ErrorWithReasonCode', code: Number(key) }),
  'kafka 0': (key) => error(KAFKA[key]),
  'aws 0': (key) => error(AWS[key]),
  'aws 1': (key) => error({ $retryable: key === 'throttled' ? { throttling: true } : {} }),
  'mail 0': (key) => error({ responseCode: Number(key.replace('xx', '50')), command: 'RCPT TO' }),
  'ldap 0': (key) => error({ name: 'BusyError', code: Number(key) }),
  'http 0': (key) =>
    error({}, `Proxy response (${key === 'tunnel' ? 407 : 503}) !== 200 when HTTP Tunneling`),
  'http 1': (key) => error(HTTP[key] ?? { status: Number(key) }),
  'http 3': (key) => error({ code: AXIOS[key][0] }, AXIOS[key][1]),
  'http 5': (type) => error({ name: 'FetchError', type }),
  'node 1': () =>
    error({ code: 'ERR_HTTP2_STREAM_ERROR' }, 'Stream closed with error code NGHTTP2_REFUSED_STREAM'),
  'node 2': (key) => error(NODE[key] ?? { code: key }),
  'validation 1': () => [{ property: 'x', target: {} }],
  'language 1': () => Object.assign(new TypeError('x'), { name: 'Custom' }),
};

const EXACT = {
  code: (key: string) => error({ code: key }),
  name: (key: string) => error({ name: key }),
  message: (key: string) => new Error(key.replaceAll('_', ' ')),
};

function errorOf(id: string, position: number, { by }: RuleSet, key: string): unknown {
  if (typeof by !== 'function') return EXACT[by](key);
  const words = WORDS[`${id}/${key}`];
  if (words !== undefined) return new Error(words);
  if (id === 'amqp' && position === 1) return `Connection closed: ${key} (X) with message "x"`;
  return MAKERS[`${id} ${position}`](key);
}

const sets = DOMAINS.flatMap(({ id, sets: all }) => all.map((set, position) => ({ id, position, set })));

describe('each entry of the rules is met', () => {
  it.each(sets)('$id, set $position', ({ id, position, set }) => {
    for (const [meaning, keys] of set.lines)
      for (const key of keys.split(' ')) {
        const failure = errorOf(id, position, set, key);
        const [kind, circuit] = MEANINGS[meaning];
        const { rule, ...told } = explainFailure(failure);
        expect([key, told, rule.split('/')[0]]).toEqual([key, { kind, circuit }, id]);
      }
  });

  it('in its tier', () => {
    for (const { set } of sets) expect(TIERS).toContain(set.tier);
  });

  it('by one line only', () => {
    for (const { set } of sets) {
      const keys = set.lines.flatMap(([, text]) => text.split(' '));
      expect(keys).toEqual([...new Set(keys)]);
    }
  });

  it.each([
    ['prisma', error({ code: 'P2999' }), 'PS', 'prisma/P2999'],
    ['redis', error({ name: 'ReplyError' }, 'SOMETHING else'), 'PS', 'redis/SOMETHING'],
  ])('and so is what no line of %s has', (_id, failure, meaning, name) => {
    const look = new Look(failure);
    const rule = ruleFor(look);
    expect([rule?.meaning, rule?.name(look)]).toEqual([meaning, name]);
  });
});
