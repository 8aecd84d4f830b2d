import { describe, expect, it } from '@jest/globals';
import { BadGatewayException, NotFoundException, InternalServerErrorException } from '@nestjs/common';
import {
  BulkheadFullException,
  CircuitOpenException,
  RateLimitExceededException,
  TimeoutException,
} from '../../../lib/exceptions/rejection.exceptions.js';
import {
  InvalidRequestException,
  UpstreamConnectionException,
  UpstreamHttpException,
} from '../../../lib/exceptions/upstream.exceptions.js';
import { classifyFailure } from '../../../lib/failures/classify-failure.js';
import { recordFailureAs } from '../../../lib/strategies/circuit-breaker/record-as.js';

const coded = (code: unknown, more: object = {}) => Object.assign(new Error('x'), { code, ...more });
const named = (name: string, more: object = {}) => Object.assign(new Error('x'), { name, ...more });
const selfCaused = new Error('self');
selfCaused.cause = selfCaused;
const hostile = Object.defineProperty({}, 'cause', {
  get() {
    throw new Error('hostile');
  },
});

describe('a failure is', () => {
  it.each<[string, unknown, string?]>([
    ['a reset connection', coded('ECONNRESET')],
    ['a fetch that failed', new TypeError('fetch failed', { cause: coded('ECONNREFUSED') })],
    ['happy eyeballs', new AggregateError([coded('EHOSTUNREACH'), new TypeError('y')])],
    ['undici headers timeout', coded('UND_ERR_HEADERS_TIMEOUT')],
    ['axios timeout', coded('ECONNABORTED')],
    ['axios 503', { response: { status: 503 } }],
    ['got 429', { response: { statusCode: 429 } }, 'ignore'],
    ['a 421', { statusCode: 421 }, 'ignore'],
    ['Nest 500', new InternalServerErrorException()],
    ['Nest 502 of a 404', new BadGatewayException('x', { cause: new NotFoundException() })],
    ['a timeout', named('TimeoutError')],
    ['gRPC UNAVAILABLE', coded(14, { details: 'x', metadata: {} })],
    ['Postgres deadlock', coded('40P01'), 'ignore'],
    ['Postgres too many connections', coded('53300')],
    ['MySQL lock wait', coded('ER_LOCK_WAIT_TIMEOUT', { errno: 1205 }), 'ignore'],
    ['Mongo label', { errorLabels: ['RetryableWriteError'] }],
    ['AWS', named('ThrottlingException', { $retryable: { throttling: true } }), 'ignore'],
    [
      'a promise of the error, whatever its status tells the circuit',
      { retryable: true, status: 404 },
      'success',
    ],
    ['our timeout', new TimeoutException()],
    ['an upstream 503', new UpstreamHttpException({ upstreamStatus: 503 })],
    [
      'an upstream 413 with Retry-After',
      new UpstreamHttpException({ upstreamStatus: 413, upstreamHeaders: { 'retry-after': '1' } }),
      'ignore',
    ],
    ['no answer', new UpstreamConnectionException({ cause: coded('ECONNRESET') })],
  ])('transient: %s', (_name, error, recorded = 'failure') => {
    expect(classifyFailure(error)).toBe('transient');
    expect(recordFailureAs(error, classifyFailure)).toBe(recorded);
  });

  it.each<[string, unknown, string]>([
    ['Nest 404', new NotFoundException(), 'success'],
    ['an upstream 404', new UpstreamHttpException({ upstreamStatus: 404 }), 'success'],
    ['an upstream 413', new UpstreamHttpException({ upstreamStatus: 413 }), 'success'],
    ['a 501', { status: 501 }, 'ignore'],
    ['an expired certificate', coded('CERT_HAS_EXPIRED'), 'ignore'],
    [
      'a certificate of an upstream',
      new UpstreamConnectionException({ cause: coded('CERT_HAS_EXPIRED') }),
      'ignore',
    ],
    ['an abort', named('AbortError'), 'ignore'],
    [
      'an open circuit, whatever its cause',
      new CircuitOpenException({ cause: coded('ECONNRESET') }),
      'ignore',
    ],
    ['a full bulkhead', new BulkheadFullException(), 'ignore'],
    ['a rate limit', new RateLimitExceededException(), 'ignore'],
    ['a bad request of ours', new InvalidRequestException(), 'ignore'],
    ['a bug', new TypeError('x is not a function'), 'ignore'],
    ['an error that says so', { retryable: false }, 'ignore'],
    [
      'an error that says so, whatever its status tells the circuit',
      { retryable: false, status: 503 },
      'failure',
    ],
  ])('permanent: %s', (_name, error, recorded) => {
    expect(classifyFailure(error)).toBe('permanent');
    expect(recordFailureAs(error, classifyFailure)).toBe(recorded);
  });

  it.each<[string, unknown]>([
    ['a plain error', new Error('?')],
    ['a text', 'oops'],
    ['undefined', undefined],
    ['null', null],
    ['an error that is its own cause', selfCaused],
    ['a hostile object', hostile],
  ])('unknown: %s', (_name, error) => {
    expect(classifyFailure(error)).toBe('unknown');
    expect(recordFailureAs(error, classifyFailure)).toBe('failure');
  });
});
