import { describe, expect, it } from '@jest/globals';
import { InvalidRequestException } from '../../../lib/exceptions/upstream.exceptions.js';
import { writeQuery } from '../../../lib/http/request/query.js';
import {
  parseBase,
  resolveLocation,
  resolveTarget,
  withQuery,
} from '../../../lib/http/request/request-url.js';
import { isJson, textOf } from '../../../lib/http/response/response-text.js';
import { withoutCredentials } from '../../../lib/http/request/url-credentials.js';
import { spentQuotas } from '../../../lib/policy/rate-limit-header.js';

// the time that these take is measured by the bench, in its section "hostile"
const MANY = 100_000;

describe('a URL without its credentials', () => {
  it.each([
    ['https://user:secret@example.com/a', 'https://example.com/a'],
    ['https://user@secret@example.com', 'https://example.com'],
    ['user:secret@example.com', 'user:example.com'],
    ['//user:secret@example.com', 'example.com'],
    ['http:user:secret@example.com', 'http:example.com'],
    ['http:///user:secret@example.com', 'http:///example.com'],
    ['se\ncret@example.com', 'example.com'],
    ['a+b-c.d://secret@x', 'a+b-c.d://x'],
    ['1http://secret@x', 'x'],
    ['https://example.com/a', 'https://example.com/a'],
    ['@', ''],
    ['', ''],
  ])('%j is shown as %j', (url, shown) => {
    expect(withoutCredentials(url)).toBe(shown);
  });

  it.each([
    ['slashes', `http:${'/'.repeat(MANY)}`, `http:${'/'.repeat(MANY)}`],
    ['slashes and a secret', `http:${'/'.repeat(MANY)}s@x`, `http:${'/'.repeat(MANY)}x`],
    ['at signs', `http://${'@'.repeat(MANY)}x`, 'http://x'],
    ['letters', 'a'.repeat(MANY), 'a'.repeat(MANY)],
  ])('may hold any number of %s', (_what, url, shown) => {
    expect(withoutCredentials(url)).toBe(shown);
  });
});

describe('a URL', () => {
  const refusal = (url: string) => {
    try {
      return resolveTarget(undefined, url);
    } catch (error) {
      return error;
    }
  };

  it('of slashes alone is refused', () => {
    expect(refusal(`http:${'/'.repeat(MANY)}`)).toBeInstanceOf(InvalidRequestException);
  });

  it('of a base loses the slashes at its end only', () => {
    const slashes = '/'.repeat(MANY);
    expect(parseBase(`https://x${slashes}`).prefix).toBe('');
    expect(parseBase(`https://x/a${slashes}b`).prefix).toBe(`/a${slashes}b`);
    expect(parseBase(`https://x/a/b${slashes}`).prefix).toBe('/a/b');
  });

  it('is joined with any number of slashes', () => {
    const { path } = resolveTarget(parseBase('https://x/a?b=1'), `${'/'.repeat(MANY)}c`);
    expect(path).toBe('/a/c?b=1');
  });

  it('is refused for any number of ways up', () => {
    const leave = () => resolveTarget(parseBase('https://x/a'), '%2e%2e/'.repeat(MANY));
    expect(leave).toThrow(InvalidRequestException);
  });

  it('of a redirect may have any number of parts', () => {
    const here = { origin: 'https://x', path: '/a', shown: 'https://x/a' };
    expect(resolveLocation(here, '../'.repeat(MANY))?.path).toBe('/');
    expect(resolveLocation(here, `http:${'/'.repeat(MANY)}`)).toBeUndefined();
  });
});

describe('a query', () => {
  const target = (url: string, client: object | undefined, own: object | undefined) =>
    withQuery(resolveTarget(undefined, url), writeQuery(client as never, own as never, 'repeat')).path;

  it('may have any number of parameters', () => {
    const names = Array.from({ length: 10_000 }, (_, number) => [`p${number}`, number]);
    const query = Object.fromEntries(names) as object;
    expect(target('https://x/?a', query, query).slice(0, 18)).toBe('/?a&p0=0&p1=1&p2=2');
  });
});

describe('a RateLimit header', () => {
  it.each([
    ['quotes that are never closed', `"${'\\"'.repeat(MANY)}`, 0],
    ['a backslash at its end', `"${'\\"'.repeat(MANY)}\\`, 0],
    ['empty names', `${'""'.repeat(MANY)};r=0;t=1`, 1],
    ['parameters', `r=0${';r=0'.repeat(MANY)};t=1`, 1],
    ['blanks', `r=0;${' '.repeat(MANY)}t=1`, 1],
    ['zeros', `r=${'0'.repeat(MANY)};t=1`, 1],
    ['zeros and another digit', `r=${'0'.repeat(MANY)}1;t=1`, 0],
    ['items', `${'r=1;t=9,'.repeat(MANY)}r=0;t=1`, 1],
  ])('may hold any number of %s', (_what, header, spent) => {
    expect(spentQuotas(header)).toEqual(Array(spent).fill({ wait: 1000 }));
  });
});

describe('a content type', () => {
  const typed = (type: string) => ({ 'content-type': type });

  it.each([
    [`a/${'+json'.repeat(MANY)}`, true],
    [`a/${'+json'.repeat(MANY)}x`, false],
    [`a/b+json${' '.repeat(MANY)};`, true],
    [`a/b+json${' '.repeat(MANY)}x`, false],
    [`${' '.repeat(MANY)}application/json`, true],
    ['a/'.repeat(MANY), false],
  ])('may be as long as it likes', (type, expected) => {
    expect(isJson(typed(type))).toBe(expected);
  });

  it('names its charset behind any number of parameters', () => {
    const body = Buffer.from([0xe4]);
    const type = `text/plain${'; a=b'.repeat(MANY)};${' '.repeat(MANY)}charset = "latin1"`;
    expect(textOf({ status: 200, headers: typed(type), body })).toBe('ä');
    expect(textOf({ status: 200, headers: typed(`;${' '.repeat(MANY)}charset`), body })).toBe('\ufffd');
  });
});
