import { directivesOf } from '../../dist/modules/http/client/answer/headers/directives.js';
import { parseBase, resolveLocation, resolveTarget } from '../../dist/modules/http/request/request-url.js';
import { encodingsOf } from '../../dist/modules/http/response/content-decoder.js';
import { isJson, textOf } from '../../dist/modules/http/response/response-text.js';
import { withoutCredentials } from '../../dist/modules/http/request/url-credentials.js';
import { classifyFailure } from '../../dist/modules/failures/classify-failure.js';
import { parseDuration } from '../../dist/modules/policy/duration.js';
import { parseHttpDate } from '../../dist/modules/policy/http-date.js';
import { parseServerDelay } from '../../dist/modules/policy/server-delay.js';

const HERE = { origin: 'https://x', path: '/a', shown: 'https://x/a' };
const BASE = parseBase('https://x/a');
const BODY = Buffer.from('x');
const NOW = Date.UTC(2026, 0, 1);

/** A URL that is refused. */
function refused(url) {
  try {
    return resolveTarget(undefined, url, undefined, undefined);
  } catch (error) {
    return error;
  }
}

const headers = (name) => (value) => parseServerDelay({ status: 429, headers: { [name]: value } }, NOW);
const directives = (value) => directivesOf({ 'cache-control': value });
const typed = (type) => ({ 'content-type': type });
const coded = (code) => classifyFailure({ code, name: code });

/** Every parser of text from outside: how it reads, and a text of n parts that once was, or might be, the worst. */
export const parsers = [
  { name: 'URL of slashes', read: refused, text: (n) => `http:${'/'.repeat(n)}` },
  { name: 'URL with at signs', read: refused, text: (n) => `http:${'/'.repeat(n)}@` },
  { name: 'credentials', read: withoutCredentials, text: (n) => `http:${'/@'.repeat(n)}` },
  { name: 'base URL', read: parseBase, text: (n) => `https://x${'/'.repeat(n)}a` },
  {
    name: 'path',
    read: (path) => resolveTarget(BASE, path, undefined, undefined),
    text: (n) => `${'/'.repeat(n)}%`,
  },
  {
    name: 'query parameters',
    read: (url) => resolveTarget(BASE, url, { a: 1 }, { b: 2 }),
    text: (n) => `?${'a=1&'.repeat(n)}`,
  },
  {
    name: 'redirect location',
    read: (location) => resolveLocation(HERE, location),
    text: (n) => `${'a/'.repeat(n)}${'../'.repeat(n)}`,
  },
  { name: 'RateLimit, open quotes', read: headers('ratelimit'), text: (n) => `"${'\\"'.repeat(n)}` },
  { name: 'RateLimit, blanks', read: headers('ratelimit'), text: (n) => `r=0;${' '.repeat(n)}x` },
  { name: 'RateLimit, items', read: headers('ratelimit'), text: (n) => 'r=0;t=1,'.repeat(n) },
  { name: 'RateLimit-Reset', read: headers('ratelimit-reset'), text: (n) => `${'1'.repeat(n)}x` },
  { name: 'Retry-After, digits', read: headers('retry-after'), text: (n) => `1.${'0'.repeat(n)}x` },
  { name: 'Retry-After, blanks', read: headers('retry-after'), text: (n) => `1${' '.repeat(n)}x` },
  { name: 'should-retry', read: headers('x-should-retry'), text: (n) => `true${' '.repeat(n)}x` },
  { name: 'HTTP date', read: (date) => parseHttpDate(date, NOW), text: (n) => `Fri, ${'0'.repeat(n)}` },
  { name: 'duration', read: parseDuration, text: (n) => `${'1'.repeat(n)}x` },
  { name: 'content type', read: (type) => isJson(typed(type)), text: (n) => `a/${'+json'.repeat(n)}x` },
  {
    name: 'charset',
    read: (type) => textOf({ headers: typed(type), body: BODY }),
    text: (n) => `${';charset='.repeat(n)};`,
  },
  {
    name: 'content encoding',
    read: (encoding) => encodingsOf({ 'content-encoding': encoding }),
    text: (n) => 'gzip, '.repeat(n),
  },
  { name: 'Cache-Control, open quotes', read: directives, text: (n) => `a="${'\\"'.repeat(n)}` },
  { name: 'Cache-Control, blanks', read: directives, text: (n) => `a${' '.repeat(n)}` },
  { name: 'Cache-Control, names', read: directives, text: (n) => 'a=1,b='.repeat(n) },
  { name: 'error code', read: coded, text: (n) => `${'TIMEOUT_CERT'.repeat(n)}x` },
];
