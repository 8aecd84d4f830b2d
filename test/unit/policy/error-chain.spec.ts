import { describe, expect, it } from '@jest/globals';
import { runInNewContext } from 'node:vm';
import { isPlainError, ownChain } from '../../../lib/policy/error-chain.js';

class Custom extends Error {}
const hostile = Object.defineProperty(new Error('x'), 'cause', {
  get() {
    throw new Error('hostile');
  },
});
const named = new Error('x');
named.name = 'AbortError';
const hidden = Object.defineProperty(new Error('x'), 'name', { value: 'AbortError' });

describe('a bare error', () => {
  it.each<[string, unknown, boolean]>([
    ['an Error', new Error('x'), true],
    ['an Error without a message', new Error(), true],
    ['one with a code', Object.assign(new Error('x'), { code: 'E' }), false],
    ['one with a cause', new Error('x', { cause: new Error('y') }), false],
    ['one whose cause cannot be read', hostile, false],
    ['one with a name of its own', named, false],
    ['one with a name that is not enumerable', hidden, false],
    ['one of a subclass', new Custom('x'), false],
    ['a TypeError', new TypeError('x'), false],
    ['one of another realm', runInNewContext("new Error('x')"), false],
    ['an object that calls itself one', { name: 'Error' }, false],
    ['a class', Error, false],
    ['null', null, false],
    ['undefined', undefined, false],
    ['a text', 'Error', false],
  ])('is not anything that says more: %s', (_name, error, expected) => {
    expect(isPlainError(error)).toBe(expected);
  });
});

describe('what an error says itself', () => {
  const before = new Error('before');
  const outer = (code: string, cause: Error) => Object.assign(new Error('outer', { cause }), { code });

  it.each(['RESILIENCE_TIMEOUT', 'RESILIENCE_CIRCUIT_OPEN'])(
    'ends at a refusal or time limit, which carries what failed before: %s',
    (code) => {
      const refusal = outer(code, before);
      const wrapped = new Error('wrapped', { cause: refusal });
      expect(ownChain(refusal)).toEqual([refusal]);
      expect(ownChain(wrapped)).toEqual([wrapped, refusal]);
    },
  );

  it.each(['RESILIENCE_UPSTREAM_HTTP', 'X_RESILIENCE_TIMEOUT', 'RESILIENCE_TIMEOUT_2'])(
    'goes on to the causes of all others: %s',
    (code) => {
      const error = outer(code, before);
      expect(ownChain(error)).toEqual([error, before]);
    },
  );
});
