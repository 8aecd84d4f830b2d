import { describe, expect, it } from '@jest/globals';
import { NoProxy } from '../../../../lib/http/transports/undici/no-proxy.js';

describe('NO_PROXY', () => {
  it.each([
    ['', 'http://example.com', false],
    ['*', 'https://example.com:8443', true],
    ['a.test, *', 'http://example.com', true],
    ['example.com', 'http://example.com', true],
    ['EXAMPLE.com', 'http://example.COM:81', true],
    ['example.com', 'http://www.example.com', false],
    ['example.com', 'http://notexample.com', false],
    ['.example.com', 'http://www.example.com', true],
    ['.example.com', 'http://a.b.example.com', true],
    ['.example.com', 'http://example.com', false],
    ['.example.com', 'http://notexample.com', false],
    ['*.example.com', 'http://www.example.com', true],
    ['example.com:8080', 'http://example.com:8080', true],
    ['example.com:8080', 'http://example.com', false],
    ['example.com:80', 'http://example.com', true],
    ['example.com:443', 'https://example.com', true],
    ['.example.com:443', 'https://www.example.com', true],
    ['.example.com:443', 'http://www.example.com', false],
    ['a.test b.test\tc.test', 'http://c.test', true],
    ['127.0.0.1', 'http://127.0.0.1:3000', true],
    ['127.0.0.0/8', 'http://127.0.0.1:3000', false],
    ['::1', 'http://[::1]:3000', true],
    ['[::1]', 'http://[::1]:3000', true],
    ['[::1]:3000', 'http://[::1]:3000', true],
    ['[::1]:3000', 'http://[::1]:3001', false],
    [',,', 'http://example.com', false],
    ['example.com.', 'http://example.com', true],
  ])('%j and %s: direct is %s', (value, url, isDirect) => {
    expect(new NoProxy(value).includes(new URL(url))).toBe(isDirect);
  });
});
