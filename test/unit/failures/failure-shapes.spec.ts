import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { UpstreamConnectionException } from '../../../lib/exceptions/upstream.exceptions.js';
import { ResilienceException } from '../../../lib/exceptions/resilience.exception.js';
import type { ResilienceErrorCode } from '../../../lib/exceptions/resilience.exception.js';
import { classifyFailure } from '../../../lib/failures/classify-failure.js';
import { statusOf } from '../../../lib/policy/http-status.js';
import { recordFailureAs } from '../../../lib/strategies/circuit-breaker/record-as.js';

class Answered {
  constructor(private readonly own: number) {}
  getStatus() {
    return this.own;
  }
}

const down = { code: 'ECONNRESET' };
const gone = { status: 404 };
const odd = new Error('?');
const all = (codes: string) => codes.split(' ').map((code) => ({ code }));
const aggregate = (...errors: unknown[]) => new AggregateError(errors);
const nested = (depth: number): unknown => (depth === 0 ? down : aggregate(nested(depth - 1)));
const holdingItself = () => {
  const all = aggregate();
  all.errors = Array<unknown>(50).fill(all);
  return all;
};

const TRANSIENT: Record<string, unknown[]> = {
  'a connection that fails': [
    ...all('ECONNRESET ECONNREFUSED ECONNABORTED EPIPE ETIMEDOUT ESOCKETTIMEDOUT ENETUNREACH EHOSTUNREACH'),
    ...all('ENETDOWN EHOSTDOWN EAI_AGAIN ENOTFOUND UND_ERR_SOCKET UND_ERR_CONNECT_TIMEOUT'),
    ...all('UND_ERR_HEADERS_TIMEOUT UND_ERR_BODY_TIMEOUT'),
  ],
  'a database that is busy or restarts': [
    ...all('40001 40P01 57P01 57P02 57P03 08000 08006 53000 53400'),
    ...all(
      'ER_LOCK_DEADLOCK ER_LOCK_WAIT_TIMEOUT PROTOCOL_CONNECTION_LOST CR_SERVER_GONE_ERROR CR_SERVER_LOST',
    ),
    ...[1205, 1213, 2006, 2013].map((errno) => ({ errno })),
    ...[
      'TransientTransactionError',
      'RetryableWriteError',
      'RetryableReadError',
      'ResumableChangeStreamError',
    ].map((label) => ({ errorLabels: ['Other', label] })),
  ],
  'gRPC that is not available': [8, 10, 14].flatMap((code) => [
    { code, details: '' },
    { code, metadata: {} },
    { code, message: `${code} UNAVAILABLE: No connection established` },
  ]),
  'an answer that says later': [408, 421, 425, 429, 500, 502, 503, 504].map((status) => ({ status })),
  'a timeout': [
    { name: 'TimeoutError' },
    { name: 'AbortError', cause: { name: 'TimeoutError' } },
    { code: 'ABORT_ERR', cause: { name: 'TimeoutError' } },
    ...all('UND_ERR_BODY_TIMEOUT PROTOCOL_SEQUENCE_TIMEOUT PAYMENTS_TIMEOUT ETIMEDOUT'),
  ],
  'an error that says so': [{ retryable: true, code: 'CERT_HAS_EXPIRED' }, { $retryable: {} }],
  'a bug around a failure': [
    new RangeError('x', { cause: down }),
    new TypeError('x', { cause: { status: 503 } }),
  ],
  'several errors, one of them transient': [
    aggregate(odd, gone, down),
    { name: 'AggregateError', errors: [down] },
    nested(1000),
    aggregate(...Array<unknown>(5000).fill(gone), down),
    new Error('x', { cause: aggregate(down) }),
  ],
  'no answer': [new UpstreamConnectionException(), new UpstreamConnectionException({ cause: down })],
};

/** Exceptions of this library; their codes alone, in somebody else's error, say nothing. */
const refusals = (...codes: ResilienceErrorCode[]) =>
  codes.map((code) => new ResilienceException({ message: 'no', code, status: 503 }));

const PERMANENT: Record<string, unknown[]> = {
  'a certificate': [
    ...all(
      'CERT_HAS_EXPIRED CERT_NOT_YET_VALID CERT_REVOKED CERT_REJECTED CERT_UNTRUSTED CERT_CHAIN_TOO_LONG',
    ),
    ...all(
      'CERT_SIGNATURE_FAILURE CRL_SIGNATURE_FAILURE CRL_HAS_EXPIRED CRL_NOT_YET_VALID HOSTNAME_MISMATCH',
    ),
    ...all('INVALID_CA DEPTH_ZERO_SELF_SIGNED_CERT SELF_SIGNED_CERT_IN_CHAIN UNABLE_TO_GET_ISSUER_CERT'),
    ...all('UNABLE_TO_GET_CRL UNABLE_TO_GET_ISSUER_CERT_LOCALLY UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
    ...all('UNABLE_TO_DECRYPT_CERT_SIGNATURE UNABLE_TO_DECRYPT_CRL_SIGNATURE INVALID_PURPOSE'),
    ...all('UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY ERROR_IN_CERT_NOT_BEFORE_FIELD ERROR_IN_CERT_NOT_AFTER_FIELD'),
    ...all('ERROR_IN_CRL_LAST_UPDATE_FIELD ERROR_IN_CRL_NEXT_UPDATE_FIELD PATH_LENGTH_EXCEEDED'),
    ...all('ERR_TLS_CERT_ALTNAME_INVALID ERR_TLS_CERT_SIGNATURE_ALGORITHM_UNSUPPORTED'),
  ],
  'a refusal on this side': [
    ...refusals('RESILIENCE_CIRCUIT_OPEN', 'RESILIENCE_BULKHEAD_FULL', 'RESILIENCE_RATE_LIMITED'),
    ...refusals('RESILIENCE_SHUTDOWN', 'RESILIENCE_INVALID_REQUEST', 'RESILIENCE_CONFIGURATION'),
    ...refusals(
      'RESILIENCE_RESPONSE_TOO_LARGE',
      'RESILIENCE_TOO_MANY_REDIRECTS',
      'RESILIENCE_INVALID_RESPONSE',
    ),
  ],
  'an abort': [
    ...all('ABORT_ERR ERR_CANCELED UND_ERR_ABORTED'),
    { name: 'AbortError', cause: down },
    { name: 'AbortError', status: 503 },
  ],
  'an answer that will not change': [400, 401, 404, 409, 410, 413, 422, 499, 501, 505].map((status) => ({
    status,
  })),
  'a bug': [new TypeError(), new RangeError(), new SyntaxError(), new ReferenceError()],
  'a bug of another realm': [runInNewContext('new TypeError()'), runInNewContext('new RangeError()')],
  'a bug around, or below, something unknown': [
    new TypeError('x', { cause: odd }),
    new Error('x', { cause: new TypeError() }),
  ],
  'several errors, all of them permanent': [aggregate(gone), aggregate(gone, new TypeError())],
  'an error that says so': [{ retryable: false, ...down }],
};

const UNKNOWN: Record<string, unknown[]> = {
  'a code that only looks like one of ours': all('TIMEOUTS ETIMEDOUT2 CERTAIN OCARINA 0800 080000 53abc'),
  'a status that tells nothing': [100, 200, 304, 399, 506, 507, 511].map((status) => ({ status })),
  'a number that is not of gRPC, or no failure there': [
    { code: 14 },
    { code: 14, message: 'exit 14' },
    { code: 2, details: 'x' },
    { code: 5 },
    { code: '14', details: 'x' },
    { code: 14, details: 7 },
  ],
  'a code that only looks like one of Postgres': all('080000 0800 x08000 5300a 54000 08-00'),
  'labels that are none of those': [{ errorLabels: ['Other'] }, { errorLabels: 'RetryableWriteError' }],
  'another number of MySQL': [{ errno: 1065 }],
  'a promise that is no claim': [{ retryable: 'yes' }, { $retryable: undefined }],
  'several errors that say nothing, or none': [
    aggregate(),
    aggregate(odd, gone),
    { name: 'AggregateError', errors: 'x' },
    { errors: [down] },
    nested(1001),
    holdingItself(),
  ],
  'no answer for an unknown reason': [new UpstreamConnectionException({ cause: odd })],
};

const rows = (table: Record<string, unknown[]>) => Object.entries(table);

describe('by its shape', () => {
  it.each(rows(TRANSIENT))('%s is transient', (_name, errors) => {
    for (const error of errors) expect([error, classifyFailure(error)]).toEqual([error, 'transient']);
  });

  it.each(rows(PERMANENT))('%s is permanent', (_name, errors) => {
    for (const error of errors) expect([error, classifyFailure(error)]).toEqual([error, 'permanent']);
  });

  it.each(rows(UNKNOWN))('%s is unknown', (_name, errors) => {
    for (const error of errors) expect([error, classifyFailure(error)]).toEqual([error, 'unknown']);
  });

  it('too large with a usable Retry-After is transient', () => {
    expect(classifyFailure({ status: 413, headers: { 'retry-after': '1' } })).toBe('transient');
    expect(classifyFailure({ status: 414, headers: { 'retry-after': '1' } })).toBe('permanent');
  });
});

describe('the status of an error', () => {
  it.each<[string, unknown, number | undefined]>([
    ['upstreamStatus first', { upstreamStatus: 401, getStatus: () => 502, status: 403 }, 401],
    ['getStatus() then', { getStatus: () => 402, status: 403 }, 402],
    ['status then', { status: 403, statusCode: 404 }, 403],
    ['statusCode then', { statusCode: 404, response: { status: 405 } }, 404],
    ['response.status then', { response: { status: 405, statusCode: 406 } }, 405],
    ['response.statusCode then', { response: { statusCode: 406 }, $metadata: { httpStatusCode: 407 } }, 406],
    ['$metadata.httpStatusCode last', { $metadata: { httpStatusCode: 407 } }, 407],
    ['not a text', { status: '404', statusCode: 405 }, 405],
    ['not a fraction', { status: 404.5 }, undefined],
    ['from 100', { status: 99, statusCode: 100 }, 100],
    ['to 599', { status: 600, statusCode: 599 }, 599],
    [
      'nothing of a getStatus that throws',
      {
        getStatus: () => {
          throw odd;
        },
        status: 418,
      },
      418,
    ],
    ['nothing of a getStatus that is no function', { getStatus: 404 }, undefined],
    ['asked of the error itself', new Answered(409), 409],
  ])('is %s', (_name, error, expected) => {
    expect(statusOf(error)).toBe(expected);
  });
});

describe('an error counts for the circuit', () => {
  it.each<[string, unknown, string]>([
    ['against it: a 408', { status: 408 }, 'failure'],
    ['against it: a 500', { status: 500 }, 'failure'],
    ['against it: an unknown one', odd, 'failure'],
    ['not at all: a 421', { status: 421 }, 'ignore'],
    ['not at all: a 425', { status: 425 }, 'ignore'],
    ['not at all: a wrapped 429', new Error('x', { cause: { status: 429 } }), 'ignore'],
    ['for it: a 400', { status: 400 }, 'success'],
    ['for it: a 499', { status: 499 }, 'success'],
    ['for it: a wrapped 404', new Error('x', { cause: gone }), 'success'],
    ['not at all: a 505', { status: 505 }, 'ignore'],
    ['against it: one that will not change, of a 500', { status: 500, retryable: false }, 'failure'],
    ['not at all: one that will not change, of a 399', { status: 399, retryable: false }, 'ignore'],
  ])('%s', (_name, error, expected) => {
    expect(recordFailureAs(error, classifyFailure)).toBe(expected);
  });
});
