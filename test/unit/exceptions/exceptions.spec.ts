import { describe, expect, it } from '@jest/globals';
import { HttpException } from '@nestjs/common';
import { inspect } from 'node:util';
import {
  BulkheadFullException,
  CircuitOpenException,
  InvalidRequestException,
  isResilienceException,
  RateLimitExceededException,
  ResilienceException,
  ShutdownException,
  TimeoutException,
  UpstreamConnectionException,
  UpstreamHttpException,
  UpstreamResponseException,
} from 'nestjs-breakwater';

const SECRET = 'a body that stays inside';

/** As HTTP clients make them: the answer is kept, and the parts refer to each other. */
function foreignError(): Error {
  const error = Object.assign(new Error('answered with 500'), { response: { data: SECRET }, config: {} });
  return Object.assign(error, { config: { error } });
}

const cause = foreignError();

const exceptions: [exception: ResilienceException, status: number, code: string][] = [
  [new CircuitOpenException({ circuit: 'payments', retryAfter: 1500, cause }), 503, 'CIRCUIT_OPEN'],
  [new BulkheadFullException({ name: 'payments' }), 503, 'BULKHEAD_FULL'],
  [new RateLimitExceededException({ name: 'payments', retryAfter: 20 }), 503, 'RATE_LIMITED'],
  [new TimeoutException({ scope: 'total', timeout: 100, cause }), 504, 'TIMEOUT'],
  [new ShutdownException({ cause }), 503, 'SHUTDOWN'],
  [new UpstreamHttpException({ upstreamStatus: 500, upstreamBody: SECRET }), 502, 'UPSTREAM_HTTP'],
  [new UpstreamConnectionException({ cause }), 502, 'UPSTREAM_CONNECTION'],
  [new UpstreamResponseException({ cause }), 502, 'INVALID_RESPONSE'],
  [new InvalidRequestException({ cause }), 500, 'INVALID_REQUEST'],
];

const classes = [
  CircuitOpenException,
  BulkheadFullException,
  RateLimitExceededException,
  TimeoutException,
  ShutdownException,
  UpstreamHttpException,
  UpstreamConnectionException,
  UpstreamResponseException,
  InvalidRequestException,
];

describe.each(exceptions.map((row) => [row[0].name, ...row] as const))(
  '%s',
  (name, exception, status, code) => {
    it('is an HttpException with a status, a stable code and a name', () => {
      expect(exception).toBeInstanceOf(HttpException);
      expect(exception).toBeInstanceOf(ResilienceException);
      expect([exception.getStatus(), exception.code]).toEqual([status, `RESILIENCE_${code}`]);
      expect(String(exception)).toBe(`${name}: ${exception.message}`);
      expect(isResilienceException(exception)).toBe(true);
    });

    it('shows its own fields as JSON, and neither its cause nor a body', () => {
      const json = JSON.stringify(exception);
      expect(JSON.parse(json)).toMatchObject({
        name,
        status,
        code: exception.code,
        message: exception.message,
      });
      expect(json).not.toContain(SECRET);
      expect(json).not.toContain('cause');
    });

    it('tells an HTTP caller its status and code, and nothing of the inside', () => {
      const body = exception.getResponse();
      expect(body).toEqual({ statusCode: status, message: expect.any(String), code: exception.code });
      expect(JSON.stringify(body)).not.toContain(exception.message);
    });
  },
);

describe('an exception', () => {
  it.each(classes.map((type) => [type.name, type] as const))('is built without details: %s', (name, type) => {
    expect(new type()).toMatchObject({ name, message: expect.any(String) });
    expect(new type().cause).toBeUndefined();
  });

  it('keeps its cause and what is known of the upstream for those who catch it', () => {
    expect(exceptions[0][0].cause).toBe(cause);
    expect(exceptions[0][0].retryAfter).toBe(1500);
    const upstream = exceptions[5][0] as UpstreamHttpException;
    expect([upstream.upstreamStatus, upstream.upstreamBody]).toEqual([500, SECRET]);
    expect(inspect(upstream)).not.toContain(SECRET);
  });

  it.each([undefined, null, 5, 'RESILIENCE_TIMEOUT', {}, new Error('x'), { code: 'RESILIENCE_TIMEOUT' }])(
    'of this library is not %p',
    (value) => {
      expect(isResilienceException(value)).toBe(false);
    },
  );
});
