import { describe, expect, it } from '@jest/globals';
import { explainFailure, isControlFlow } from '../../../lib/failures/explain-failure.js';
import { codeOfSystem } from '../../../lib/failures/system-error.js';
import { MEANINGS } from '../../drivers/table.mjs';

const error = (properties: object, message = 'x') => Object.assign(new Error(message), properties);
const named = (name: string, more: object = {}, message = 'x') => error({ name, ...more }, message);
const ofSystem = (code: string, more: object = {}) =>
  error({ code, errno: -111, syscall: 'connect', address: '127.0.0.1', port: 1, ...more });
const pg = (code: string, message = 'x') => error({ severity: 'ERROR', code, hint: undefined }, message);

function hidden(holder: object, properties: object): object {
  for (const [key, value] of Object.entries(properties)) Object.defineProperty(holder, key, { value });
  return holder;
}

function explained(failure: unknown): string {
  const { kind, circuit, rule } = explainFailure(failure);
  const [meaning] =
    Object.entries(MEANINGS).find(([, one]) => one[0] === kind && one[1] === circuit) ??
    Object.entries({ [`${kind}, ${circuit}`]: [] })[0];
  return `${meaning} ${rule}`;
}

type Row = readonly [what: string, failure: unknown, expected: string];
const check = (_what: string, failure: unknown, expected: string) => {
  expect(explained(failure)).toBe(expected);
};

describe('what an outsider has sent is no failure of the server, in whatever words it says so', () => {
  it.each<Row>([
    ['MySQL: a check', error({ errno: 3819, sqlState: 'HY000' }), 'PS mysql/3819'],
    ['MySQL: a field without a value', error({ errno: 1364, sqlState: 'HY000' }), 'PS mysql/1364'],
    ['MySQL: a value that is cut', error({ errno: 1265, sqlState: '01000' }), 'PS mysql/1265'],
    ['MySQL: a date that is none', error({ errno: 1292, sqlState: '22007' }), 'PS sql/22007'],
    ['MariaDB: a check', error({ errno: 4025, sqlState: '23000' }), 'PS sql/23000'],
    [
      'SQL Server: a malformed id',
      named('RequestError', { code: 'EREQUEST', number: 8169 }),
      'PS mssql/8169',
    ],
    ['SQL Server: a long text', named('RequestError', { code: 'EREQUEST', number: 2628 }), 'PS mssql/2628'],
    ['Oracle: a long text', error({ errorNum: 12899 }), 'PS oracle/12899'],
    ['Oracle: a date that is none', error({ errorNum: 1861 }), 'PS oracle/1861'],
    ['ClickHouse: a malformed id', named('ClickHouseError', { code: '376' }), 'PS clickhouse/376'],
    ['MongoDB: a pattern that is none', named('MongoServerError', { code: 51091 }), 'PS mongo/51091'],
    ['PostgreSQL: a text too long for an index', pg('54000'), 'PS sql/54000'],
    ['Prisma’s raw query: a malformed id', error({ code: 'P2010', meta: { code: '22P02' } }), 'PS sql/22P02'],
  ])('%s', check);
});

describe('an error of the system', () => {
  it.each<Row>([
    ['says its code', ofSystem('ECONNREFUSED'), 'T node/ECONNREFUSED'],
    ['without a number too', error({ code: 'EPIPE' }), 'T node/EPIPE'],
    ['with a positive number is of somebody else', error({ code: 'EPIPE', errno: 1062 }), 'PS mysql/1062'],
    ['with a status is an answer', ofSystem('ECONNRESET', { status: 404 }), 'PS http/404'],
    ['with a hidden status too', hidden(ofSystem('ECONNRESET'), { status: 404 }), 'PS http/404'],
    ['with a hidden statusCode too', hidden(ofSystem('ECONNRESET'), { statusCode: 429 }), 'TI http/429'],
    ['with a hidden response too', hidden(ofSystem('EPIPE'), { response: { status: 404 } }), 'PS http/404'],
    [
      'with a hidden flag obeys it',
      hidden(ofSystem('EPIPE'), { retryable: false }),
      'permanent, failure flag/retryable: false',
    ],
    [
      'with the other flag too',
      hidden(ofSystem('EPIPE'), { retriable: false }),
      'permanent, failure flag/retriable: false',
    ],
    [
      'with a cause of a server that forbids',
      ofSystem('EPIPE', { cause: error({ status: 500, headers: { 'x-should-retry': 'false' } }) }),
      'permanent, failure order/x-should-retry: false',
    ],
    ['of several', hidden(ofSystem('EPIPE'), { errors: [], name: 'AggregateError' }), 'T node/EPIPE'],
    [
      'in a class of its own',
      Object.assign(new (class SocketError extends Error {})(), { code: 'EPIPE' }),
      'T node/EPIPE',
    ],
    ['as a plain object', { code: 'EPIPE', message: 'x' }, 'T node/EPIPE'],
    [
      'whose properties cannot be listed is unknown',
      new Proxy(ofSystem('EPIPE'), {
        getPrototypeOf: () => {
          throw new Error('hostile');
        },
      }),
      'U unknown',
    ],
    ['whose code belongs to its class', Object.create(ofSystem('EPIPE')) as Error, 'T node/EPIPE'],
  ])('%s', check);

  it.each<Row>([
    ['a number that is none', error({ code: 'EPIPE', errno: NaN }), ''],
    ['a cause', ofSystem('EPIPE', { cause: 1 }), ''],
    ['another name', named('SocketError', { code: 'EPIPE' }), ''],
    ['a constructor of its own', ofSystem('EPIPE', { constructor: Object }), ''],
    ['a command', ofSystem('EPIPE', { command: 'RCPT TO' }), ''],
    ['hidden members', hidden(ofSystem('EPIPE'), { errors: [] }), ''],
    ['a code that is inherited', Object.create(ofSystem('EPIPE')) as Error, ''],
    ['no code', error({ errno: -2 }), ''],
    ['nothing', null, ''],
    ['a text', 'EPIPE', ''],
  ])('is looked at as a whole if it has %s', (_what, failure) => {
    expect(codeOfSystem(failure)).toBeUndefined();
  });

  it('is known by its code alone', () => {
    expect(codeOfSystem(ofSystem('EPIPE'))).toBe('EPIPE');
  });
});

describe('an error that changes between two questions', () => {
  it.each<[string, Error, object, string]>([
    [
      'is marked by user code',
      ofSystem('ECONNRESET'),
      { retryable: false },
      'permanent, failure flag/retryable: false',
    ],
    ['gets a status', ofSystem('ECONNRESET'), { status: 404 }, 'PS http/404'],
    ['gets another code', ofSystem('ECONNRESET'), { code: 'CERT_HAS_EXPIRED' }, 'PI node/CERT_HAS_EXPIRED'],
    ['gets a cause', new Error('?'), { cause: pg('23505') }, 'PS sql/23505'],
    ['gets another name', new Error('?'), { name: 'DelayedError' }, 'PI bullmq/DelayedError'],
    ['gets another message', named('ReplyError', {}, 'OOM x'), { message: 'ERR x' }, 'PS redis/ERR'],
  ])('%s: the second answer is that of the error as it is then', (_what, failure, change, expected) => {
    explainFailure(failure);
    isControlFlow(failure);
    expect(explained(Object.assign(failure, change))).toBe(expected);
    expect(isControlFlow(failure)).toBe(expected.startsWith('PI bullmq'));
  });
});

describe('an order of a job to its worker', () => {
  it.each<[string, unknown, boolean]>([
    ['is known by its name', named('DelayedError'), true],
    ['is known by its class', new (class RateLimitError extends Error {})(), true],
    ['is not one with a status', named('RateLimitError', { status: 429 }), false],
    ['is not one with a status of its answer', named('RateLimitError', { response: { status: 429 } }), false],
    ['is one with a status that is none', named('RateLimitError', { status: undefined }), true],
    ['is not another error', named('DelayedErrors'), false],
    ['is not a wrapper', new Error('x', { cause: named('DelayedError') }), false],
    ['is not nothing', undefined, false],
    [
      'is not hostile',
      new Proxy(new Error('x'), {
        get: () => {
          throw new Error('hostile');
        },
      }),
      false,
    ],
  ])('%s', (_what, failure, expected) => {
    expect(isControlFlow(failure)).toBe(expected);
  });
});

describe('what every object inherits decides nothing', () => {
  const polluted = Object.prototype as Record<string, unknown>;
  const POLLUTION = { code: 'ECONNRESET', status: 503, retryable: true, severity: 'ERROR', errno: -1 };
  const clean = () => Object.keys(POLLUTION).forEach((key) => delete polluted[key]);

  it.each<Row>([
    ['a plain error', new Error('x'), 'U unknown'],
    ['an object', { message: 'x' }, 'U unknown'],
    ['an error with something else', error({ table: 'x' }), 'U unknown'],
    ['an error of the system', ofSystem('EPIPE'), 'T node/EPIPE'],
    ['a SQLSTATE without its marks', error({ code: '23505' }), 'U unknown'],
  ])('%s', (_what, failure, expected) => {
    Object.assign(polluted, POLLUTION);
    let said;
    try {
      said = explained(failure);
    } finally {
      clean();
    }
    expect(said).toBe(expected);
  });
});

describe('a wrapper says what is inside it', () => {
  it.each<Row>([
    ['TypeORM', named('QueryFailedError', { driverError: pg('22P02') }), 'PS sql/22P02'],
    ['Sequelize', named('SequelizeConnectionError', { parent: pg('28P01') }), 'PS sql/28P01'],
    [
      'Sequelize, with items',
      named('SequelizeUniqueConstraintError', { errors: [{ message: 'x' }], parent: pg('23505') }),
      'PS sql/23505',
    ],
    ['drizzle', named('DrizzleQueryError', { cause: pg('40001') }), 'TI sql/40001'],
    ['Objection', named('UniqueViolationError', { nativeError: pg('23505') }), 'PS sql/23505'],
    [
      'ioredis',
      named('ClusterAllFailedError', { lastNodeError: named('ReplyError', {}, 'NOAUTH x') }),
      'PS redis/NOAUTH',
    ],
    [
      'kafkajs',
      named('KafkaJSNumberOfRetriesExceeded', {
        retriable: false,
        cause: named('KafkaJSConnectionError', { retriable: true }),
      }),
      'T kafka/KafkaJSConnectionError',
    ],
    [
      'got, whose response is hidden',
      hidden(named('HTTPError', { code: 'ERR_NON_2XX_3XX_RESPONSE' }), { response: { statusCode: 404 } }),
      'PS http/404',
    ],
    [
      'DynamoDB, of which one reason is no conflict',
      named('TransactionCanceledException', {
        $fault: 'client',
        $metadata: { httpStatusCode: 400 },
        CancellationReasons: [{ Code: 'ConditionalCheckFailed' }, { Code: 'TransactionConflict' }],
      }),
      'PS aws/TransactionCanceledException',
    ],
    ['a code that takes long to read', error({ code: 'A'.repeat(1_000_000) }), 'U unknown'],
    [
      'a code that is an object',
      error({
        code: {
          toString: () => {
            throw new Error('hostile');
          },
        },
      }),
      'U unknown',
    ],
  ])('%s', check);
});
