import { describe, expect, it } from '@jest/globals';
import { BadGatewayException, NotFoundException } from '@nestjs/common';
import { RpcException } from '@nestjs/microservices';
import { EmptyError } from 'rxjs';
import { CircuitOpenException } from '../../../lib/exceptions/rejection.exceptions.js';
import { classifyFailure } from '../../../lib/failures/classify-failure.js';
import { explainFailure } from '../../../lib/failures/explain-failure.js';
import { recordFailureAs } from '../../../lib/strategies/circuit-breaker/record-as.js';
import { MEANINGS } from '../../drivers/table.mjs';

const error = (properties: object, message = 'x') => Object.assign(new Error(message), properties);
const named = (name: string, more: object = {}) => error({ name, ...more });
const duplicate = error({ code: '23505', severity: 'ERROR' });
const refused = error({ code: 'ECONNREFUSED', syscall: 'connect' });
const unknown = new Error('?');

/** A row: what happened, the error, and its meaning with the rule that decides. */
type Row = readonly [what: string, error: unknown, expected: string];

function check(_what: string, failure: unknown, expected: string): void {
  const [meaning, ...rule] = expected.split(' ');
  const [kind, circuit] = MEANINGS[meaning];
  expect(explainFailure(failure)).toEqual({ kind, circuit, rule: rule.join(' ') });
}

describe('a failure that only looks like a known one', () => {
  it.each<Row>([
    ['EPIPE is no SQLSTATE', error({ code: 'EPIPE', severity: 'ERROR' }), 'T node/EPIPE'],
    ['EPERM is no SQLSTATE', error({ code: 'EPERM', severity: 'ERROR' }), 'PI node/EPERM'],
    ['EBUSY is no SQLSTATE, and nothing else', error({ code: 'EBUSY', severity: 'ERROR' }), 'U unknown'],
    ['a SQLSTATE without its marks', error({ code: '23505' }), 'U unknown'],
    ['a SQLSTATE with half of its marks', error({ code: '23505', details: null }), 'U unknown'],
    ['a number of gRPC without its marks', error({ code: 5 }), 'U unknown'],
    ['a number beyond those of gRPC', error({ code: 17, details: 'x' }), 'U unknown'],
    ['a fraction', error({ code: 5.5, details: 'x' }), 'U unknown'],
    ['gRPC’s success', error({ code: 0, details: 'x' }), 'U unknown'],
    ['a call that the server cancelled', error({ code: 1, details: 'x' }), 'U unknown'],
    ['a number of SQL Server without its marks', error({ number: 547 }), 'U unknown'],
    ['a number of mail without its marks', error({ responseCode: 503 }), 'U unknown'],
    ['a reply code of AMQP without its class', error({ code: 404 }), 'U unknown'],
    ['a reason code of MQTT without its class', error({ code: 5 }), 'U unknown'],
    ['words of a reply of Redis', named('SimpleError', { message: 'a simple error' }), 'U unknown'],
    ['the rate limit of an AI service', named('RateLimitError', { status: 429 }), 'TI http/429'],
    ['a name of AWS', named('ThrottlingException'), 'U unknown'],
    ['a code of Prisma’s length', error({ code: 'P3001' }), 'U unknown'],
    ['a file of the machine', error({ code: 'ENOENT', syscall: 'open' }), 'PI node/ENOENT'],
    ['a socket of the machine', error({ code: 'ENOENT', syscall: 'connect' }), 'T node/ENOENT'],
    ['a refusal that another library calls so', error({ code: 'RESILIENCE_CIRCUIT_OPEN' }), 'U unknown'],
    ['a timeout that is only quoted', new Error('got a timeout'), 'U unknown'],
    ['a list of other things', [{ property: 'x' }], 'U unknown'],
    ['a status as a word', { status: 'error', message: 'Internal server error' }, 'U unknown'],
    ['a code that is a property of every object', error({ code: 'constructor' }), 'U unknown'],
    ['a name that is a property of every object', named('__proto__'), 'U unknown'],
  ])('%s', check);
});

describe('the marks of a client', () => {
  it.each<Row>([
    ['severity', error({ code: '22P02', severity: 'ERROR' }), 'PS sql/22P02'],
    ['sqlState', error({ code: 'ER_X', errno: 9999, sqlState: '22003' }), 'PS sql/22003'],
    ['details and hint', { code: '42501', details: null, hint: null, message: 'x' }, 'PS sql/42501'],
    ['known for long, without marks', error({ code: '40P01' }), 'TI sql/40P01'],
    ['metadata', error({ code: 14, metadata: {} }), 'T grpc/UNAVAILABLE'],
    ['a list of details', { code: 5, message: 'x', details: [] }, 'PS grpc/NOT_FOUND'],
    ['gRPC written out', error({ code: 5 }, '5 NOT_FOUND: no such order'), 'PS grpc/NOT_FOUND'],
    [
      'a name of gRPC as a text',
      error({ code: 'functions/resource-exhausted' }),
      'TI grpc/RESOURCE_EXHAUSTED',
    ],
    ['another', error({ code: 'unavailable' }), 'T grpc/UNAVAILABLE'],
    ['the status of tRPC', error({ data: { httpStatus: 404 } }), 'PS http/404'],
    ['a numeric code beside a response', error({ code: 503, response: {} }), 'T http/503'],
    ['a numeric code beside a body', error({ code: 429, body: '' }), 'TI http/429'],
    ['errorCode', error({ errorCode: 'P1001' }), 'T prisma/P1001'],
    ['errorCode beside another code', error({ code: 'x', errorCode: 'P1001' }), 'T prisma/P1001'],
    [
      'a class name, where the name is Error',
      new (class WatchError extends Error {})(),
      'TI redis/WatchError',
    ],
    ['a label of MongoDB', error({ errorLabels: ['RetryableReadError'] }), 'T mongo/RetryableReadError'],
  ])('%s', check);
});

describe('of several answers in one error', () => {
  it.each<Row>(
    [
      ['a status beats a bare name', named('ValidationError', { status: 503 }), 'T http/503'],
      ['a status beats a bare code', error({ status: 404, code: 'ECONNRESET' }), 'PS http/404'],
      [
        'a client beats the status',
        error({ statusCode: 500, code: '23505', severity: 'ERROR' }),
        'PS sql/23505',
      ],
      [
        'a code beats a bare name',
        named('TimeoutError', { code: 'CERT_HAS_EXPIRED' }),
        'PI node/CERT_HAS_EXPIRED',
      ],
      [
        'a flag beats a client',
        error({ retryable: true, code: '23505', severity: 'E' }),
        'TS flag/retryable: true',
      ],
      ['a flag that agrees leaves the rule', error({ retryable: false, status: 404 }), 'PS http/404'],
      ['retriable is read like retryable', error({ retriable: false }), 'PI flag/retriable: false'],
      ['a flag for an unknown error', error({ retryable: true }), 'T flag/retryable: true'],
      [
        'a refusal of ours beats a flag',
        Object.assign(new CircuitOpenException(), { retryable: true }),
        'PI resilience/CIRCUIT_OPEN',
      ],
      ['control flow beats a flag', named('DelayedError', { retryable: true }), 'PI bullmq/DelayedError'],
      [
        'MySQL beats SQLSTATE',
        error({ errno: 1213, code: 'ER_LOCK_DEADLOCK', sqlState: '40001' }),
        'TI mysql/1213',
      ],
    ].map(([what, failure, expected]) => [what, failure, expected] as Row),
  )('%s', (what, failure, expected) => {
    if (!expected.startsWith('TS')) return check(what, failure, expected);
    // the retry is told by the flag, the circuit by the table
    expect(explainFailure(failure)).toEqual({
      kind: 'transient',
      circuit: 'success',
      rule: 'flag/retryable: true',
    });
  });
});

describe('of errors within errors', () => {
  const rpc = (held: string | object) => new RpcException(held);
  it.each<Row>([
    ...[
      'cause',
      'original',
      'parent',
      'driverError',
      'nativeError',
      'originalError',
      'reason',
      'err',
      'error',
      'lastNodeError',
      'errors',
    ].map((place): Row => [`${place} is looked into`, error({ [place]: duplicate }), 'PS sql/23505']),
    [
      'an object with a message is an error',
      error({ parent: { message: 'x', code: '23505', severity: 'E' } }),
      'PS sql/23505',
    ],
    ['an object without one is none', error({ parent: { code: '23505', severity: 'E' } }), 'U unknown'],
    ['a text is none', error({ reason: 'Connection is closed.' }), 'U unknown'],
    [
      'unknown wrappers say nothing',
      new Error('a', { cause: new Error('b', { cause: duplicate }) }),
      'PS sql/23505',
    ],
    ['the outermost known one decides', new NotFoundException('x', { cause: refused }), 'PS http/404'],
    ['also over another domain', new BadGatewayException('x', { cause: duplicate }), 'T http/502'],
    [
      'a connection error by its name yields to a code',
      named('ConnectionError', { cause: duplicate }),
      'PS sql/23505',
    ],
    [
      'but not to another name',
      named('ConnectionError', { cause: named('EmptyError') }),
      'T search/ConnectionError',
    ],
    [
      'and not to nothing',
      named('SequelizeConnectionError', { parent: unknown }),
      'T orm/SequelizeConnectionError',
    ],
    [
      'a bug yields to whatever is known',
      new TypeError('x', { cause: named('WatchError') }),
      'TI redis/WatchError',
    ],
    ['a bug stays one over what is unknown', new TypeError('x', { cause: unknown }), 'PI language/TypeError'],
    ['a flag within', error({ cause: error({ retryable: false }) }), 'PI flag/retryable: false'],
    ['a flag over what is known within', error({ retryable: true, cause: duplicate }), 'TS'],
    ['an RpcException is what it holds', rpc({ code: 5, message: 'x' }), 'PS grpc/NOT_FOUND'],
    ['whatever its class', new (class OrderRejected extends RpcException {})({ status: 409 }), 'PS http/409'],
    ['an RpcException of an error', rpc(duplicate), 'PS sql/23505'],
    ['an RpcException of a text', rpc('no'), 'U unknown'],
    ['a failed raw query of Prisma', error({ code: 'P2010', meta: { code: '23505' } }), 'PS sql/23505'],
    [
      'the same of an adapter',
      error({ code: 'P2010', meta: { driverAdapterError: { cause: { originalCode: '40001' } } } }),
      'TI sql/40001',
    ],
    ['the same without a code', error({ code: 'P2010', meta: {} }), 'U unknown'],
  ])('%s', (what, failure, expected) => {
    if (expected !== 'TS') return check(what, failure, expected);
    expect(explainFailure(failure)).toEqual({
      kind: 'transient',
      circuit: 'success',
      rule: 'flag/retryable: true',
    });
  });
});

describe('of an aggregate', () => {
  const all = (...errors: unknown[]) => new AggregateError(errors);
  it.each<Row>([
    ['one that is transient decides', all(duplicate, unknown, refused), 'T node/ECONNREFUSED'],
    [
      'a failure among the transient ones decides for the circuit',
      all({ status: 429 }, refused),
      'T node/ECONNREFUSED',
    ],
    ['without one the circuit ignores them', all(duplicate, { status: 429 }), 'TI http/429'],
    ['an unknown one makes it unknown', all(duplicate, unknown), 'U unknown'],
    ['permanent ones: the first decides', all(duplicate, new TypeError()), 'PS sql/23505'],
    ['the first decides for the circuit, too', all(new TypeError(), duplicate), 'PI language/TypeError'],
    [
      'its own code is weaker than its members',
      Object.assign(all(duplicate), { code: 'ECONNREFUSED' }),
      'PS sql/23505',
    ],
    [
      'its own code is stronger than nothing',
      Object.assign(all(unknown), { code: 'ECONNREFUSED' }),
      'T node/ECONNREFUSED',
    ],
    ['its status is stronger', Object.assign(all(refused), { status: 404 }), 'PS http/404'],
    ['kafkajs has one', named('KafkaJSAggregateError', { errors: [refused] }), 'T node/ECONNREFUSED'],
    [
      'node-redis has one',
      named('MultiErrorReply', { replies: ['OK', named('ErrorReply', { message: 'OOM x' })] }),
      'T redis/OOM',
    ],
    [
      'ioredis has one',
      named('ReplyError', {
        message: 'EXECABORT x',
        previousErrors: [named('ReplyError', { message: 'READONLY x' })],
      }),
      'T redis/READONLY',
    ],
    [
      'an empty one says nothing',
      named('ReplyError', { message: 'EXECABORT x', previousErrors: [] }),
      'PS redis/EXECABORT',
    ],
  ])('%s', check);
});

describe('what was thrown in the place of an error', () => {
  it.each<Row>([
    ['a text of Nest’s client', 'Error: Connection lost. Trying to reconnect...', 'T amqp/lost'],
    ['the same without its prefix', 'Connection lost. Trying to reconnect...', 'T amqp/lost'],
    ['a text of RabbitMQ', 'Connection closed: 320 (CONNECTION-FORCED) with message "x"', 'T amqp/320'],
    [
      'an object with an error in it',
      { err: refused, url: 'amqp://user:secret@127.0.0.1' },
      'T node/ECONNREFUSED',
    ],
    ['an object by its name', { name: 'EntityNotFoundError', message: 'x' }, 'PI orm/EntityNotFoundError'],
    [
      'a refusal at the other end',
      { status: 'error', code: 'RESILIENCE_CIRCUIT_OPEN', statusCode: 503, retryAfter: 7 },
      'T remote/CIRCUIT_OPEN',
    ],
    ['another one', { code: 'RESILIENCE_BULKHEAD_FULL', statusCode: 503 }, 'TI remote/BULKHEAD_FULL'],
    ['an upstream of the other end', { code: 'RESILIENCE_UPSTREAM_HTTP', statusCode: 502 }, 'T http/502'],
    ['rejected, as allSettled says', { status: 'rejected', reason: duplicate }, 'PS sql/23505'],
    ['a text', 'no', 'U unknown'],
    ['a number', 7, 'U unknown'],
    ['nothing', undefined, 'U unknown'],
    ['a function', () => 1, 'U unknown'],
    ['a symbol', Symbol('x'), 'U unknown'],
    ['rxjs, which finds no value', new EmptyError(), 'PI rxjs/EmptyError'],
  ])('%s', check);
});

describe('hostile errors', () => {
  const throwing = (...keys: string[]) =>
    keys.reduce(
      (object, key) =>
        Object.defineProperty(object, key, {
          get() {
            throw new Error('hostile');
          },
        }),
      {},
    );
  const proxy = new Proxy(
    {},
    {
      get() {
        throw new Error('hostile');
      },
      getPrototypeOf() {
        throw new Error('hostile');
      },
      has() {
        throw new Error('hostile');
      },
    },
  );
  const revoked = Proxy.revocable([], {});
  revoked.revoke();
  const endless = (): object =>
    new Proxy(
      {},
      { get: (_target, key) => (typeof key === 'string' && key !== 'message' ? endless() : 'x') },
    );
  const circle = new Error('a');
  circle.cause = new Error('b', { cause: circle });

  it.each<Row>([
    ['getters that throw', throwing('code', 'name', 'message', 'cause', 'errors'), 'U unknown'],
    ['a proxy that throws', proxy, 'U unknown'],
    ['a proxy that was revoked', revoked.proxy, 'U unknown'],
    [
      'a revoked proxy within a known error',
      new TypeError('x', { cause: revoked.proxy }),
      'PI language/TypeError',
    ],
    [
      'a throwing proxy beside a known error',
      new Error('x', { cause: new AggregateError([proxy, duplicate]) }),
      'U unknown',
    ],
    ['a circle', circle, 'U unknown'],
    [
      'a circle around a known error',
      Object.assign(new Error('x', { cause: circle }), { parent: duplicate }),
      'PS sql/23505',
    ],
    ['ever new errors', endless(), 'U unknown'],
    [
      'an aggregate that says that it is endless',
      error({ name: 'AggregateError', errors: Object.assign([refused], { length: 2 ** 32 - 1 }) }),
      'T node/ECONNREFUSED',
    ],
    ['a message that is endless', error({}, `Connection closed${' '.repeat(1e6)}`), 'U unknown'],
    ['a code that is endless', error({ code: 'A_'.repeat(1e6) + 'TIMEOUT' }), 'U unknown'],
    [
      'the end of a long message',
      error(
        { code: '57014', severity: 'E' },
        `${'select '.repeat(1e4)} - canceling statement due to statement timeout`,
      ),
      'T sql/57014',
    ],
  ])('%s', check);

  it('have no longer name than 200 characters', () => {
    const { rule } = explainFailure(error({ code: `SQLITE_BUSY_${'X'.repeat(1000)}` }));
    expect([rule.length, rule.slice(0, 18)]).toEqual([200, 'sqlite/SQLITE_BUSY']);
  });

  it.each([
    ['code', 'ECONNRESET'],
    ['status', 404],
    ['statusCode', 404],
    ['retryable', true],
    ['errno', 1213],
    ['severity', 'ERROR'],
    ['cause', duplicate],
    ['name', 'ValidationError'],
    ['$retryable', {}],
    ['response', { status: 404 }],
    ['getError', () => duplicate],
  ])('are not made of what Object.prototype holds: %s', (key, value) => {
    const prototype = Object.prototype as unknown as Record<string, unknown>;
    prototype[key] = value;
    const seen = [explainFailure({ message: 'x' }), explainFailure(new Error('?'))];
    const own = explainFailure({ code: 'ECONNRESET' });
    Reflect.deleteProperty(prototype, key);
    expect(seen.map(({ rule }) => rule)).toEqual(['unknown', 'unknown']);
    expect(own.rule).toBe('node/ECONNRESET');
  });
});

describe('a classification of the user’s', () => {
  class OutOfStock extends Error {}
  const classify = (failure: unknown) =>
    failure instanceof OutOfStock ? 'permanent' : classifyFailure(failure);

  it.each([
    ['permanent, where the table does not know it: ignored', new OutOfStock(), 'ignore'],
    ['of the opinion of the table: the table’s', duplicate, 'success'],
    ['of the opinion of the table, transient: the table’s', { status: 429 }, 'ignore'],
    ['unknown: a failure', unknown, 'failure'],
  ])('is composed in one line; the circuit: %s', (_what, failure, expected) => {
    expect(recordFailureAs(failure, classify)).toBe(expected);
  });

  it('of another opinion than the table decides for the circuit by its kind', () => {
    expect(recordFailureAs(duplicate, () => 'transient')).toBe('failure');
    expect(recordFailureAs(duplicate, () => 'unknown')).toBe('failure');
    expect(recordFailureAs(refused, () => 'permanent')).toBe('ignore');
  });
});
