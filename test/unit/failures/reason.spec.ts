import { describe, expect, it } from '@jest/globals';
import { reasonOf } from '../../../lib/failures/reason.js';

const refused = new Error('connect ECONNREFUSED 127.0.0.1:4000');

describe('the reason of a failure in a log is', () => {
  it.each<[string, unknown, string | undefined]>([
    ['the message of an error', new Error('no stock'), 'no stock'],
    [
      'the innermost message',
      new Error('fetch failed', { cause: new Error('x', { cause: refused }) }),
      refused.message,
    ],
    [
      'that of the first of several',
      new Error('x', { cause: new AggregateError([refused, new Error('y')]) }),
      refused.message,
    ],
    ['the last one that says something', new Error('said', { cause: { code: 'E' } }), 'said'],
    ['the message of a plain object', { status: 'error', message: 'no stock' }, 'no stock'],
    [
      'a text, without the word “Error”',
      'Error: Connection lost. Trying to reconnect...',
      'Connection lost. Trying to reconnect...',
    ],
    ['nothing of an object without a message', { url: 'amqp://user:secret@host' }, undefined],
    ['nothing of nothing', undefined, undefined],
    [
      'without the credentials of a URL',
      'cannot reach amqp://user:secret@host/',
      'cannot reach amqp://…@host/',
    ],
    [
      'without a password that holds an @',
      'cannot reach amqp://user:p@ss@word@host/orders and http://a.test/x',
      'cannot reach amqp://…@host/orders and http://a.test/x',
    ],
    ['on one line', 'a\nb\u001b[31m\u2028', 'a\\u000ab\\u001b[31m\\u2028'],
  ])('%s', (_what, error, reason) => {
    expect(reasonOf(error)).toBe(reason);
  });

  it('cut at 200 characters', () => {
    expect(reasonOf('x'.repeat(100_000))).toBe(`${'x'.repeat(199)}…`);
  });

  it('found although an error holds itself, or does not want to be looked at', () => {
    const own = new Error('own');
    own.cause = own;
    expect(reasonOf(own)).toBe('own');
    const fail = () => {
      throw new Error('hostile');
    };
    expect(reasonOf(new Proxy({}, { get: fail, has: fail }))).toBeUndefined();
  });
});
