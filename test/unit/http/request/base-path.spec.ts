import { describe, expect, it } from '@jest/globals';
import { InvalidRequestException } from '../../../../lib/exceptions/upstream.exceptions.js';
import { parseBase, resolveTarget } from '../../../../lib/http/request/request-url.js';

const base = parseBase('https://api.example.com/tenants/7');
const resolve = (url: string) => resolveTarget(base, url).path;

describe('the path of a baseUrl', () => {
  it.each([
    '..',
    '../8',
    '/../8/secrets',
    '/%2e%2e/8',
    '/%2E./8',
    '/.%2e/8',
    '\\..\\8',
    'a/../../8',
    'a/./../../8',
    'a//../../8',
    '..%2f8',
    '..%5c8',
    'a%2F..%2F..%2F8',
    '.\t./8',
    '..;/8',
    '..;a=b/8',
    'a;b/../../8',
    '../7/../8',
    '..?x',
  ])('is not left by %j', (url) => {
    expect(() => resolve(url)).toThrow(InvalidRequestException);
    expect(() => resolve(url)).toThrow('baseUrl');
  });

  it.each([
    ['a/../b', '/tenants/7/b'],
    ['a/b/../../c', '/tenants/7/c'],
    ['./a', '/tenants/7/a'],
    ['...', '/tenants/7/...'],
    ['a..b', '/tenants/7/a..b'],
    ['/..a', '/tenants/7/..a'],
    ['a?b=../../c', '/tenants/7/a?b=../../c'],
    ['a;v=1/b', '/tenants/7/a;v=1/b'],
    ['', '/tenants/7'],
  ])('holds %j', (url, path) => {
    expect(resolve(url)).toBe(path);
  });

  it('that is the root cannot be left', () => {
    expect(resolveTarget(parseBase('https://api.example.com'), '../a').path).toBe('/a');
  });

  it('does not show the query of what is refused', () => {
    expect(() => resolve('../8?token=secret')).not.toThrow('secret');
  });
});
