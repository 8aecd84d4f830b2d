import { describe, expect, it } from '@jest/globals';
import { InvalidRequestException } from '../../../../lib/exceptions/upstream.exceptions.js';
import { writeQuery } from '../../../../lib/http/request/query.js';
import { resolveTarget, withQuery } from '../../../../lib/http/request/request-url.js';

const write = (
  client: object | undefined,
  own: object | undefined,
  style: 'repeat' | 'brackets' = 'repeat',
) => writeQuery(client as never, own as never, style);

describe('the parameters of a query', () => {
  it.each<[string, object | undefined, object | undefined, string]>([
    ['are those of the client and of the request', { a: 1 }, { b: true }, 'a=1&b=true'],
    ['merge by name, and the request wins', { a: 1, b: 2 }, { a: [3, 4] }, 'b=2&a=3&a=4'],
    ['keep the client’s where the request says undefined', { a: 1 }, { a: undefined }, 'a=1'],
    ['lose the client’s where the request says null', { a: 1 }, { a: null }, ''],
    ['lose the client’s where the request has an empty list', { a: 1 }, { a: [] }, ''],
    [
      'leave out what is null or undefined, also in lists',
      undefined,
      { a: null, b: [1, null, undefined] },
      'b=1',
    ],
    ['may be empty, zero and false', undefined, { a: '', b: 0, c: false }, 'a=&b=0&c=false'],
    ['are encoded', undefined, { 'a&b': 'c=d e/ö' }, 'a%26b=c%3Dd+e%2F%C3%B6'],
    [
      'may have the names of what every object has',
      { constructor: 1 },
      { toString: 2 },
      'constructor=1&toString=2',
    ],
  ])('%s', (_name, client, own, expected) => {
    expect(write(client, own)).toBe(expected);
  });

  it('write lists with brackets where servers want that, and single values without', () => {
    expect(decodeURIComponent(write({ a: 1 }, { b: [1, 2] }, 'brackets'))).toBe('a=1&b[]=1&b[]=2');
  });

  it.each([{ a: { b: 1 } }, { a: [new Date(0)] }, { a: [[1]] }, { a: () => 1 }])(
    'are refused if they are no texts, numbers or booleans',
    (own) => {
      expect(() => write(undefined, own)).toThrow(InvalidRequestException);
    },
  );
});

describe('the query of a URL', () => {
  it.each([
    ['/?a=1', '/?a=1&x=y'],
    ['/?', '/?x=y'],
    ['/?a&', '/?a&x=y'],
    ['/', '/?x=y'],
    ['/#part', '/?x=y'],
    ['/?sig=a%2Fb%2fc&d=%7e~+%20&e=[1]&&f', '/?sig=a%2Fb%2fc&d=%7e~+%20&e=[1]&&f&x=y'],
  ])('keeps its bytes, and has the parameters behind it: %s', (url, path) => {
    expect(withQuery(resolveTarget(undefined, `https://api.example.com${url}`), 'x=y').path).toBe(path);
  });
});
