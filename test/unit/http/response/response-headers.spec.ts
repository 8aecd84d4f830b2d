import { describe, expect, it } from '@jest/globals';
import { joinRepeated, utf8Value } from '../../../../lib/http/response/response-headers.js';

const MANY = 100_000;

describe('the headers of a response', () => {
  it('are the same object if they have their shape already', () => {
    const headers = { 'content-type': 'text/plain', 'set-cookie': ['a=1'] };
    expect(joinRepeated(headers)).toBe(headers);
  });

  it('are copied where they change: the object may belong to another', () => {
    const headers = { vary: ['a', 'b'], 'set-cookie': 'a=1', etag: '"x"' };
    expect(joinRepeated(headers)).toEqual({ vary: 'a, b', 'set-cookie': ['a=1'], etag: '"x"' });
    expect(headers).toEqual({ vary: ['a', 'b'], 'set-cookie': 'a=1', etag: '"x"' });
  });

  it('may be repeated any number of times', () => {
    const { vary } = joinRepeated({ vary: Array.from({ length: MANY }, () => 'a') });
    expect(vary).toHaveLength(3 * MANY - 2);
  });
});

describe('a header value that was decoded byte by byte', () => {
  it.each([
    ['is UTF-8', Buffer.from('/é/日本').toString('latin1'), '/é/日本'],
    ['is latin1', '/é', '/é'],
    ['is ASCII', '/a%20b', '/a%20b'],
    ['was decoded already', '/日本é', '/日本é'],
    ['is cut within a character', Buffer.from('/日').toString('latin1').slice(0, -1), '/æ\x97'],
    ['is empty', '', ''],
  ])('is read as it is meant: %s', (_kind, value, text) => {
    expect(utf8Value(value)).toBe(text);
  });

  it.each([
    ['UTF-8', Buffer.from('é'.repeat(MANY)).toString('latin1')],
    ['no UTF-8', '\xff'.repeat(MANY)],
    ['ASCII before a wide character', `${'a'.repeat(MANY)}日`],
  ])('may have any length: %s', (_kind, value) => {
    expect(utf8Value(value).length).toBeLessThanOrEqual(value.length);
  });
});
