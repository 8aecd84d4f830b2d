import { describe, expect, it } from '@jest/globals';
import { NotFoundException } from '@nestjs/common';
import { TimeoutException, CircuitOpenException } from '../../../lib/exceptions/rejection.exceptions.js';
import { UpstreamHttpException } from '../../../lib/exceptions/upstream.exceptions.js';
import { classifyByStatus, classifyFailure } from '../../../lib/failures/classify-failure.js';
import type { ClassifyFailure } from '../../../lib/failures/classify-failure.js';
import { parseShouldRetry } from '../../../lib/policy/should-retry.js';
import { recordFailureAs } from '../../../lib/strategies/circuit-breaker/record-as.js';

const YES = { 'x-should-retry': 'true' };
const NO = { 'stripe-should-retry': 'false' };
const error = (fields: object, cause?: unknown) => Object.assign(new Error('x', { cause }), fields);

describe("a server's order to retry or not", () => {
  it.each<[string, unknown, boolean]>([
    ['of OpenAI', { headers: { 'x-should-retry': 'true' } }, true],
    ['of Stripe', { headers: { 'stripe-should-retry': 'false' } }, false],
    ['in Headers', { headers: new Headers({ 'X-Should-Retry': 'false' }) }, false],
    ['in a Map', { headers: new Map([['x-should-retry', 'true']]) }, true],
    ['under a name as it came', { headers: { 'Stripe-Should-Retry': 'true' } }, true],
    ['with blanks and capitals', { headers: { 'x-should-retry': ' False ' } }, false],
    ['the first of several', { headers: { 'x-should-retry': ['false', 'true'] } }, false],
    ['of axios', { response: { headers: NO } }, false],
    ['of this library', new UpstreamHttpException({ upstreamHeaders: YES }), true],
    ['of a returned Response', new Response('', { headers: NO }), false],
    ['of a wrapped error', new Error('x', { cause: { headers: NO } }), false],
    ['where another header is malformed', { headers: { 'x-should-retry': 'maybe', ...NO } }, false],
  ])('is read: %s', (_where, source, order) => {
    expect(parseShouldRetry(source)).toBe(order);
  });

  it.each<[string, unknown]>([
    ['no header', { headers: {} }],
    ['another word', { headers: { 'x-should-retry': '1' } }],
    ['a boolean', { headers: { 'x-should-retry': true } }],
    ['no headers', new Error('x')],
    ['nothing', undefined],
    ['what had failed before a time limit', new TimeoutException({ cause: { headers: NO } })],
    ['what had failed before a refusal', new CircuitOpenException({ cause: { headers: YES } })],
    [
      'headers that throw',
      {
        headers: new Proxy(
          {},
          {
            get: () => {
              throw new Error('hostile');
            },
          },
        ),
      },
    ],
  ])('is not there: %s', (_where, source) => {
    expect(parseShouldRetry(source)).toBeUndefined();
  });

  it.each<[string, unknown, string, string, string]>([
    ['409 that may pass', error({ statusCode: 409, headers: YES }), 'transient', 'permanent', 'success'],
    ['503 that will not', error({ status: 503, headers: NO }), 'permanent', 'transient', 'failure'],
    ['429 of a quota', error({ status: 429, headers: NO }), 'permanent', 'transient', 'ignore'],
    ['a body that was cut', error({ code: 'ECONNRESET', headers: NO }), 'permanent', 'transient', 'failure'],
    ['an unknown error', error({ headers: NO }), 'permanent', 'unknown', 'failure'],
    ['an unknown error with hope', error({ headers: YES }), 'transient', 'unknown', 'failure'],
    ['a wrapped 503', error({ status: 502 }, error({ headers: NO })), 'permanent', 'transient', 'failure'],
    ['a claim of the error', error({ retryable: true, headers: NO }), 'permanent', 'transient', 'failure'],
    [
      'a member of several',
      new AggregateError([error({ status: 503, headers: NO })]),
      'permanent',
      'transient',
      'failure',
    ],
  ])(
    'is obeyed by retries, and is nothing to the circuit: %s',
    (_what, failure, kind, byStatus, recorded) => {
      expect([
        classifyFailure(failure),
        classifyByStatus(failure),
        recordFailureAs(failure, classifyFailure),
      ]).toEqual([kind, byStatus, recorded]);
    },
  );

  it.each<[string, unknown]>([
    ['an abort', error({ name: 'AbortError', headers: YES })],
    ['a claim of the error', error({ retryable: false, headers: YES })],
    ['a certificate', error({ code: 'CERT_HAS_EXPIRED', headers: YES })],
    ['a refusal on this side', new CircuitOpenException({ cause: error({ headers: YES }) })],
    ['what the application made of it', new NotFoundException('x', { cause: error({ headers: YES }) })],
  ])('to retry is weaker than %s', (_what, failure) => {
    expect(classifyFailure(failure)).toBe('permanent');
  });

  it("is nothing to the circuit either where an application's own function asks classifyFailure", () => {
    const classify: ClassifyFailure = (failure) => classifyFailure(failure);
    const refused = error({ status: 503, headers: NO });
    expect([classify(refused), recordFailureAs(refused, classify), classify(refused)]).toEqual([
      'permanent',
      'failure',
      'permanent',
    ]);
  });

  it('counts again after a function that throws', () => {
    const classify = () => {
      throw new Error('broken');
    };
    expect(() => classifyByStatus({}, classify)).toThrow('broken');
    expect(classifyFailure(error({ status: 503, headers: NO }))).toBe('permanent');
  });
});
