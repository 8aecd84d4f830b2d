import { describe, expect, it } from '@jest/globals';
import { NotFoundException } from '@nestjs/common';
import { CircuitOpenException, UpstreamConnectionException, UpstreamHttpException } from 'nestjs-breakwater';
import { errorTypeOf } from '../../../lib/telemetry/error-type.js';

const trap = () => {
  throw new Error('hostile');
};
const hostile = new Proxy({}, { get: trap, has: trap, getPrototypeOf: trap, ownKeys: trap });

describe('the type of an error', () => {
  it.each<[string, unknown, string]>([
    ['our code', new CircuitOpenException({ circuit: 'x' }), 'RESILIENCE_CIRCUIT_OPEN'],
    ['our code without an answer', new UpstreamConnectionException({}), 'RESILIENCE_UPSTREAM_CONNECTION'],
    ['the status of an answer', new UpstreamHttpException({ upstreamStatus: 503 }), '503'],
    ['the status of an exception of Nest', new NotFoundException(), '404'],
    ['the status of another client', Object.assign(new Error('x'), { response: { status: 429 } }), '429'],
    ['the code of Node', Object.assign(new Error('x'), { code: 'ECONNRESET' }), 'ECONNRESET'],
    ['a number', Object.assign(new Error('x'), { code: 14 }), '14'],
    ['the name of a DOMException', new DOMException('x', 'TimeoutError'), 'TimeoutError'],
    ['the class', new RangeError('x'), 'RangeError'],
    ['the class of a plain error', new Error('x'), 'Error'],
    [
      'the class beside a code that is a sentence',
      Object.assign(new TypeError('x'), { code: 'not a code' }),
      'TypeError',
    ],
    [
      'the class beside a code without end',
      Object.assign(new TypeError('x'), { code: 'x'.repeat(65) }),
      'TypeError',
    ],
    ['a text', 'down', '_OTHER'],
    ['nothing', undefined, '_OTHER'],
    ['a hostile object', hostile, '_OTHER'],
  ])('is %s', (_, error, type) => {
    expect(errorTypeOf(error)).toBe(type);
  });
});
