import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  BulkheadFullException,
  CircuitOpenException,
  TimeoutException,
  UpstreamConnectionException,
  UpstreamHttpException,
} from '../../../lib/index.js';
import type { ResilienceException } from '../../../lib/index.js';
import { shownError } from '../../../lib/failures/shown-error.js';
import { runs } from '../../support/property-runs.js';

const coded = (message: string, code: string | number, more: object = {}) =>
  Object.assign(new Error(message), { code, ...more });
const refused = coded('connect ECONNREFUSED 127.0.0.1:4000', 'ECONNREFUSED', { syscall: 'connect' });

class OutOfStock extends Error {}

describe('outside the process an error shows', () => {
  it.each<[string, unknown, object]>([
    ['its class, where its name is just Error', new OutOfStock('of alice'), { name: 'OutOfStock' }],
    ['nothing of a text', 'password=secret', { name: 'string' }],
    ['nothing of nothing', undefined, { name: 'undefined' }],
    [
      'the message of our own exceptions',
      new TimeoutException({ timeout: 50, name: 'Orders.find' }),
      {
        name: 'TimeoutException',
        code: 'RESILIENCE_TIMEOUT',
        status: 504,
        message: 'an attempt of Orders.find took longer than 50 ms',
      },
    ],
    [
      'the status of an answer',
      new UpstreamHttpException({
        upstreamStatus: 418,
        url: 'https://a.test/orders',
        upstreamBody: 'secret',
      }),
      {
        name: 'UpstreamHttpException',
        code: 'RESILIENCE_UPSTREAM_HTTP',
        status: 418,
        message: 'GET https://a.test/orders was answered with 418',
      },
    ],
    [
      'the message of a connection',
      refused,
      { name: 'Error', code: 'ECONNREFUSED', message: 'connect ECONNREFUSED 127.0.0.1:4000' },
    ],
    [
      'the message of one of several connections',
      Object.assign(new AggregateError([refused]), { code: 'ECONNREFUSED' }),
      { name: 'AggregateError', code: 'ECONNREFUSED', message: 'connect ECONNREFUSED 127.0.0.1:4000' },
    ],
    [
      'the code of its cause, but not its message',
      new TypeError('fetch failed', { cause: refused }),
      { name: 'TypeError', code: 'ECONNREFUSED' },
    ],
    ['a number as its code', coded('alice exists', 11000), { name: 'Error', code: 11000 }],
  ])('%s', (_what, error, shown) => {
    expect(shownError(error)).toEqual(shown);
  });

  it.each([
    'getaddrinfo ENOTFOUND a.test',
    'EAI_AGAIN',
    'CERT_HAS_EXPIRED',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'UND_ERR_CONNECT_TIMEOUT',
    'UND_ERR_SOCKET',
    'HPE_INVALID_CONSTANT',
    'ERR_SSL_WRONG_VERSION_NUMBER',
  ])('the message of %s', (said) => {
    const code = said.split(' ').find((word) => /^[A-Z_]+$/.test(word)) as string;
    expect(shownError(coded('said by Node', code)).message).toBe('said by Node');
  });

  it.each<[string, unknown]>([
    ['PostgreSQL', coded('Key (email)=(alice) exists', '23505', { severity: 'ERROR' })],
    ['MySQL', coded("Duplicate entry 'alice'", 'ER_DUP_ENTRY', { sqlMessage: 'x' })],
    ['a statement that lost its connection', coded('alice', 'ECONNRESET', { sql: 'select alice' })],
    ['TypeORM', coded('alice', 'ECONNRESET', { query: 'select', parameters: ['alice'] })],
    ['SQL Server', coded('alice', 'ESOCKET')],
    ["SQL Server's time-out", coded('alice', 'ETIMEOUT')],
    ['a file', coded("EACCES: open '/home/alice'", 'EACCES', { syscall: 'open' })],
    ['anything else', new Error('alice')],
    ['an object', { message: 'alice', code: 'E_ALICE' }],
    ['an answer that claims to be ours', { message: 'alice', code: 'RESILIENCE_TIMEOUT' }],
  ])('no message of %s', (_what, error) => {
    expect(shownError(error)).not.toHaveProperty('message');
    expect(shownError(error, { messages: 'shown' }).message).toContain('alice');
  });

  it('no statement that knex writes in front of a message', () => {
    const error = coded("select * from users where name = 'alice' - read ECONNRESET", 'ECONNRESET');
    expect(shownError(error).message).toBe('read ECONNRESET');
  });

  it('nothing that a transport of your own has said of a connection', () => {
    const error = new UpstreamConnectionException({
      url: 'https://a.test/',
      cause: new Error('token alice'),
    });
    expect(shownError(error).message).toBe('GET https://a.test/ got no answer');
    const known = new UpstreamConnectionException({ url: 'https://a.test/', cause: refused });
    expect(shownError(known).message).toBe(`GET https://a.test/ got no answer: ${refused.message}`);
  });

  it('no query and no credentials of a URL', () => {
    const error = new UpstreamHttpException({ url: 'https://alice:secret@a.test/orders?token=secret' });
    expect(shownError(error).message).toBe('GET https://…@a.test/orders was answered with 500');
  });

  it('at most 200 characters, on one line', () => {
    const { message } = shownError(new UpstreamHttpException({ url: `/${'\n'.repeat(1000)}` }));
    expect(message).toHaveLength(200);
    expect(message).not.toContain('\n');
  });

  it('something whatever was thrown', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true }), (thrown) => {
        const shown = shownError(thrown, { messages: 'shown' });
        expect(Object.keys(shown)).not.toContain('stack');
        expect(JSON.parse(JSON.stringify(shown))).toEqual(shown);
        expect(String(shown.message ?? '').length).toBeLessThanOrEqual(200);
      }),
      runs(300),
    );
    const fail = () => {
      throw new Error('hostile');
    };
    expect(shownError(new Proxy({}, { get: fail, has: fail, getPrototypeOf: fail }))).toEqual({
      name: 'object',
    });
  });
});

describe('a key is hidden', () => {
  it.each<[string, ResilienceException]>([
    ['a circuit', new CircuitOpenException({ circuit: 'payments[tenant-1]', retryAfter: 5 })],
    ['a circuit, with brackets in the key', new CircuitOpenException({ circuit: "payments[tenant]-1']" })],
    ['a bulkhead', new BulkheadFullException({ name: 'payments[tenant-1]' })],
  ])('in the name of %s', (_what, error) => {
    expect(shownError(error).message).toContain("'payments[…]'");
    expect(shownError(error, { messages: 'shown' }).message).not.toContain('tenant');
    expect(shownError(error, { keys: 'shown' }).message).toContain('[tenant');
    expect(shownError(error, { keys: (key) => `<${key.length}>` }).message).toMatch(/\[<\d+>\]/);
  });

  it('in the URL of a request, and in the message of a connection', () => {
    const hide = ['https://tenant-1.example.com'];
    const answered = new UpstreamHttpException({ url: 'https://tenant-1.example.com/orders' });
    expect(shownError(answered, { hide }).message).toBe('GET …/orders was answered with 500');
    const unknown = coded('getaddrinfo ENOTFOUND tenant-1.example.com', 'ENOTFOUND');
    expect(shownError(unknown, { hide }).message).toBe('getaddrinfo ENOTFOUND …');
    expect(shownError(unknown, { hide, keys: 'shown' }).message).toBe(unknown.message);
  });

  it('but not the address of a server', () => {
    const error = new UpstreamHttpException({ url: 'http://[::1]:4000/' });
    expect(shownError(error).message).toBe('GET http://[::1]:4000/ was answered with 500');
  });

  it('whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 4, unit: 'binary' }), (key) => {
        fc.pre(!'circuit payments lets no call through'.includes(key.toLowerCase()) && !key.includes('…'));
        const error = new CircuitOpenException({ circuit: `payments[${key}]` });
        expect(shownError(error, { hide: [key] }).message).toBe("Circuit 'payments[…]' lets no call through");
      }),
      runs(300),
    );
  });
});
