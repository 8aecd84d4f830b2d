import { describe, expect, it } from '@jest/globals';
import { CircuitOpenException } from '../../../lib/exceptions/rejection.exceptions.js';
import { boundedDelay, parseQuotaDelay, parseServerDelay } from '../../../lib/policy/server-delay.js';

/** Case-insensitive, with its values as properties too: the shape of axios 1. */
class HeadersOfAxios {
  constructor(name: string, value: string) {
    Object.assign(this, { [name]: value });
  }

  get(name: string): unknown {
    const own = Object.entries(this).find(([key]) => key.toLowerCase() === name.toLowerCase());
    return own?.[1];
  }
}

const mapLike = (name: string, value: string) => ({ get: () => null, [name]: value });

const NOW = Date.UTC(2026, 10, 6, 8, 49, 37);
const inOneMinute = Math.floor(NOW / 1000) + 60;

describe('how long a server asks to be left alone', () => {
  it.each([
    ['seconds', { 'retry-after': '120' }, 120_000],
    ['zero', { 'retry-after': '0' }, 0],
    ['an IMF-fixdate', { 'retry-after': 'Fri, 06 Nov 2026 08:50:37 GMT' }, 60_000],
    ['an RFC 850 date', { 'retry-after': 'Friday, 06-Nov-26 08:50:37 GMT' }, 60_000],
    ['an asctime date', { 'retry-after': 'Fri Nov  6 08:50:37 2026' }, 60_000],
    ['a leap second', { 'retry-after': 'Fri, 06 Nov 2026 08:49:60 GMT' }, 23_000],
    ['a date that is now', { 'retry-after': 'Fri, 06 Nov 2026 08:49:37 GMT' }, 0],
    ['seconds with spaces around them', { 'retry-after': ' 7 ' }, 7000],
    ['seconds given as a number', { 'retry-after': 7 }, 7000],
    ['the first of several values', { 'retry-after': ['7', '9'] }, 7000],
    ['more than any clock holds', { 'retry-after': '9'.repeat(400) }, Infinity],
    ['a past date', { 'retry-after': 'Sun, 06 Nov 1994 08:49:37 GMT' }, 0],
    ['an RFC 850 date of last century', { 'retry-after': 'Sunday, 06-Nov-94 08:49:37 GMT' }, 0],
    ['milliseconds', { 'retry-after-ms': '1500', 'retry-after': '9' }, 1500],
    ['milliseconds of Azure', { 'x-ms-retry-after-ms': '250' }, 250],
    ['zero milliseconds', { 'retry-after-ms': '0', 'retry-after': '9' }, 0],
    ['milliseconds before those of Azure', { 'x-ms-retry-after-ms': '250', 'retry-after-ms': '100' }, 100],
    ['Retry-After before RateLimit', { 'retry-after': '3', ratelimit: '"d";r=0;t=30' }, 3000],
    [
      'RateLimit before its old form',
      { ratelimit: '"d";r=0;t=3', 'ratelimit-reset': '9', 'ratelimit-remaining': '0' },
      3000,
    ],
    ['RateLimit with nothing left', { ratelimit: '"default";r=0;t=30' }, 30_000],
    ['two RateLimits, the longer one', { ratelimit: '"a";r=0;t=5, "b";r=0;t=30' }, 30_000],
    ['a reset in seconds when nothing remains', { 'ratelimit-reset': '7', 'ratelimit-remaining': '0' }, 7000],
    ['a reset as an epoch', { 'x-ratelimit-reset': `${inOneMinute}`, 'x-ratelimit-remaining': '0' }, 60_000],
    ['the longest of exhausted RateLimits only', { ratelimit: '"a";r=9;t=99, "b";r=0;t=5' }, 5000],
    ['RateLimit with spaces and more parameters', { ratelimit: '"d"; r=0; t=30; pk=:eA==:' }, 30_000],
    ['a reset of now', { 'ratelimit-reset': '0', 'ratelimit-remaining': '0' }, 0],
    ['a reset as a past epoch', { 'x-ratelimit-reset': '1704067200', 'x-ratelimit-remaining': '0' }, 0],
    [
      'a reset just below the first epoch as seconds',
      { 'x-ratelimit-reset': '1704067199', 'x-ratelimit-remaining': '0' },
      1_704_067_199_000,
    ],
    [
      'seconds where milliseconds are malformed',
      { 'retry-after-ms': '-1', 'x-ms-retry-after-ms': 'x', 'retry-after': '9' },
      9000,
    ],
    [
      'a reset where a date is malformed',
      { 'retry-after': 'Fri, 99 Nov 2026', 'x-ratelimit-reset': '7', 'x-ratelimit-remaining': '0' },
      7000,
    ],
    [
      'the X- reset where the other has something left',
      {
        'ratelimit-reset': '9',
        'ratelimit-remaining': '1',
        'x-ratelimit-reset': '7',
        'x-ratelimit-remaining': '0',
      },
      7000,
    ],
    ['a fraction of a millisecond', { 'retry-after-ms': '1.25' }, 1.25],
    ['a value with blanks around it', { 'retry-after': ' 3 ' }, 3000],
    ['RateLimit with blanks', { ratelimit: '"d"; r=00 ; t=4 ;w=9' }, 4000],
    ['RateLimit without a name', { ratelimit: 'r=0;t=4' }, 4000],
    ['RateLimit with the rest at its end', { ratelimit: '"d";t=4;r=0' }, 4000],
    ['the one exhausted RateLimit that tells its time', { ratelimit: '"a";r=0, "b";r=0;t=6' }, 6000],
    ['the exhausted RateLimit of several', { ratelimit: '"a";r=5;t=90, "b";r=0;t=6' }, 6000],
    ['a reset when 00 remain', { 'ratelimit-reset': '7', 'ratelimit-remaining': '00' }, 7000],
    ['the first moment that is an epoch', { 'ratelimit-reset': '1704067200', 'ratelimit-remaining': '0' }, 0],
    ['a fraction of a second', { 'retry-after': '0.5' }, 500],
    ['a fraction that floating point makes larger', { 'retry-after': '1.1' }, 1100],
    ['a fraction of a millisecond in seconds, rounded up', { 'retry-after': '1.0001' }, 1001],
    ['a fraction of zeros', { 'retry-after': '1.00000' }, 1000],
    ['a fraction that is longer than any number', { 'retry-after': `0.${'0'.repeat(400)}1` }, 1],
    ['RateLimit with a fraction', { ratelimit: '"d";r=0;t=0.25' }, 250],
    ['RateLimit with nothing left, as a decimal', { ratelimit: '"d";r=0.0;t=3' }, 3000],
    ['a reset with a fraction', { 'ratelimit-reset': '1.5', 'ratelimit-remaining': '0' }, 1500],
    [
      'a reset as an epoch with a fraction',
      { 'x-ratelimit-reset': `${inOneMinute}.5`, 'x-ratelimit-remaining': '0' },
      60_500,
    ],
    [
      'a reset as an epoch in milliseconds',
      { 'x-ratelimit-reset': `${NOW + 60_000}`, 'x-ratelimit-remaining': '0' },
      60_000,
    ],
    [
      'a past reset in milliseconds as now',
      { 'x-ratelimit-reset': '1704067200000', 'x-ratelimit-remaining': '0' },
      0,
    ],
    [
      'a reset in milliseconds with a fraction, rounded up',
      { 'x-ratelimit-reset': `${NOW}.25`, 'x-ratelimit-remaining': '0' },
      1,
    ],
    [
      'a reset just below the first epoch in milliseconds as seconds',
      { 'x-ratelimit-reset': '1704067199999', 'x-ratelimit-remaining': '0' },
      1_704_067_199_999_000 - NOW,
    ],
    ['RateLimit behind a name with a quote', { ratelimit: '"a\\"b,";r=0;t=3' }, 3000],
    ['the first usable source', { 'retry-after': 'soon', ratelimit: '"d";r=0;t=2' }, 2000],
  ])('reads %s', (_name, headers, delay) => {
    expect(parseServerDelay({ headers }, NOW)).toBe(delay);
  });

  it.each([
    ['a fraction without digits', { 'retry-after': '1.' }],
    ['a fraction without a whole number', { 'retry-after': '.5' }],
    ['two fractions', { 'retry-after': '1.5.5' }],
    ['a fraction with a comma', { 'retry-after': '1,5' }],
    ['RateLimit with a broken fraction', { ratelimit: '"d";r=0;t=1.' }],
    ['a reset with a broken fraction', { 'ratelimit-reset': '1.', 'ratelimit-remaining': '0' }],
    ['RateLimit with a quote that is never closed', { ratelimit: 'r=0;t=3, "d;r=0;t=4' }],
    ['RateLimit with a quote that only seems to be closed', { ratelimit: 'r=0;t=3, "d\\"' }],
    ['RateLimit with a lone backslash at its end', { ratelimit: 'r=0;t=3, "d\\' }],
    ['a sign', { 'retry-after': '-1' }],
    ['a word', { 'retry-after': 'soon' }],
    ['an ISO date', { 'retry-after': '2026-11-06T08:50:37Z' }],
    ['a day that does not exist', { 'retry-after': 'Mon, 31 Feb 2026 08:50:37 GMT' }],
    ['RateLimit with something left', { ratelimit: '"default";r=1;t=30' }],
    ['a reset while something remains', { 'x-ratelimit-reset': '7', 'x-ratelimit-remaining': '3' }],
    ['a time zone', { 'retry-after': 'Fri, 06 Nov 2026 08:50:37 CET' }],
    ['an exponent', { 'retry-after': '1e3' }],
    ['an empty text', { 'retry-after': '' }],
    ['RateLimit with nothing left that does not say when', { ratelimit: '"d";r=0' }],
    ['RateLimit whose name only looks like a parameter', { ratelimit: '"x;r=0;";r=5;t=30' }],
    ['a reset that does not say what remains', { 'ratelimit-reset': '7' }],
    ['a reset of Go durations', { 'x-ratelimit-reset': '6m0s', 'x-ratelimit-remaining': '0' }],
    ['milliseconds with a unit', { 'retry-after-ms': '5ms' }],
    ['milliseconds with a broken fraction', { 'retry-after-ms': '5.x' }],
    ['RateLimit without a time', { ratelimit: '"default";r=0' }],
    ['another parameter that ends like r', { ratelimit: '"default";xr=0;t=30' }],
    ['another parameter that ends like t', { ratelimit: '"default";r=0;xt=30' }],
    ['a rest that is no number', { ratelimit: '"default";r=0x;t=30' }],
    ['a time that is no number', { ratelimit: '"default";r=0;t=30x' }],
    ['a reset while ten remain', { 'x-ratelimit-reset': '7', 'x-ratelimit-remaining': '10' }],
    ['a reset while something odd remains', { 'x-ratelimit-reset': '7', 'x-ratelimit-remaining': '0?' }],
    ['a reset that does not say what remains', { 'x-ratelimit-reset': '7' }],
    ['a reset that is no number', { 'x-ratelimit-reset': 'soon', 'x-ratelimit-remaining': '0' }],
    ['nothing', {}],
  ])('ignores %s', (_name, headers) => {
    expect(parseServerDelay({ headers }, NOW)).toBeUndefined();
  });

  it('counts a reset of a 429 whatever remains', () => {
    expect(parseServerDelay({ status: 429, headers: { 'x-ratelimit-reset': '7' } }, NOW)).toBe(7000);
  });

  it.each([
    ['axios', { response: { status: 503, headers: { 'Retry-After': '3' } } }],
    [
      'axios with its own headers',
      { response: { status: 503, headers: new HeadersOfAxios('Retry-After', '3') } },
    ],
    ['got', { response: { statusCode: 503, headers: { 'retry-after': '3' } } }],
    ['an error that has them itself', { status: 429, headers: { 'retry-after': '3' } }],
    ['an error that has them as Headers', { status: 429, headers: new Headers({ 'retry-after': '3' }) }],
    ['headers in a Map', { headers: new Map([['retry-after', '3']]) }],
    ['headers in a Map with names as they came', { headers: mapLike('Retry-After', '3') }],
    ['an error whose response says more', { headers: {}, response: { headers: { 'retry-after': '3' } } }],
    ['fetch', { response: { headers: new Headers({ 'Retry-After': '3' }) } }],
    ['a returned Response', new Response('', { status: 503, headers: { 'retry-after': '3' } })],
    ['this library', { upstreamHeaders: { 'retry-after': ['3', '9'] } }],
    ['a wrapped error', new Error('outer', { cause: { headers: { 'RETRY-AFTER': 3 } } })],
  ])('finds the headers of %s', (_name, source) => {
    expect(parseServerDelay(source, NOW)).toBe(3000);
  });

  it('reads nothing, and does not throw, where headers are hostile', () => {
    const hostile = new Proxy(
      {},
      {
        ownKeys() {
          throw new Error('hostile');
        },
      },
    );
    const sources = [
      { headers: hostile },
      { headers: { get: () => Symbol('x') } },
      { headers: 'retry-after: 3' },
    ];
    for (const source of [...sources, null, undefined, 'text', 7]) {
      expect(parseServerDelay(source, NOW)).toBeUndefined();
    }
  });
});

describe('how long until a quota is renewed', () => {
  const quota = (headers: object) => parseQuotaDelay({ headers }, NOW);

  it.each<[string, object, number | undefined]>([
    ['nothing is left', { ratelimit: '"d";r=0;t=30' }, 30_000],
    ['nothing is left, said the other way round', { ratelimit: 't=30;r=0' }, 30_000],
    ['a policy with an odd name', { ratelimit: '"r=0;t=99";r=0;t=3' }, 3000],
    ['something is left', { ratelimit: '"d";r=1;t=30' }, undefined],
    ['nothing is left, in three headers', { 'ratelimit-remaining': '0', 'ratelimit-reset': '7' }, 7000],
    ['it is not said how much is left', { 'ratelimit-reset': '7' }, undefined],
    ['of a success Retry-After says something else', { 'retry-after': '7' }, undefined],
    ['an object in place of a text', { ratelimit: { toString: () => 'r=0;t=3' } }, undefined],
    ['no header at all', {}, undefined],
  ])('%s', (_what, headers, expected) => {
    expect(quota(headers)).toBe(expected);
  });

  it.each([[undefined], [null], ['r=0;t=3']])('is not known without headers: %p', (headers) => {
    expect(parseQuotaDelay({ headers } as never, NOW)).toBeUndefined();
  });
});

describe('a delay that callers are told', () => {
  it('is ten times the longest wait of a retry at most', () => {
    expect([599_999, 600_000, 600_001, Infinity].map((delay) => boundedDelay(delay, 60_000))).toEqual([
      599_999, 600_000, 600_000, 600_000,
    ]);
    expect([9999, 10_001].map((delay) => boundedDelay(delay, 1000))).toEqual([9999, 10_000]);
  });

  it('stays unknown', () => {
    expect(boundedDelay(undefined, 1000)).toBeUndefined();
  });
});

describe('a refusal of this library at the other end of a message', () => {
  const refusal = { status: 'error', message: 'x', code: 'RESILIENCE_CIRCUIT_OPEN', statusCode: 503 };

  it('says when to come back, in milliseconds', () => {
    expect(parseServerDelay({ ...refusal, retryAfter: 400 }, NOW)).toBe(400);
    expect(parseServerDelay({ ...refusal, retryAfter: 0.2 }, NOW)).toBe(1);
    expect(parseServerDelay(new Error('x', { cause: { ...refusal, retryAfter: 7 } }), NOW)).toBe(7);
  });

  it.each<[string, unknown]>([
    ['another code', { ...refusal, code: 'CIRCUIT_OPEN', retryAfter: 400 }],
    ['no code', { retryAfter: 400 }],
    ['a text', { ...refusal, retryAfter: '400' }],
    ['a time before now', { ...refusal, retryAfter: -1 }],
    ['no end', { ...refusal, retryAfter: Infinity }],
    ['a refusal of this side, which is told in another way', new CircuitOpenException({ retryAfter: 400 })],
  ])('says nothing with %s', (_what, source) => {
    expect(parseServerDelay(source, NOW)).toBeUndefined();
  });
});
