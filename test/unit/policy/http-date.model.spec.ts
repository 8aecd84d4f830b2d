import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseHttpDate } from '../../../lib/policy/http-date.js';
import { runs } from '../../support/property-runs.js';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

interface Parts {
  readonly weekday: string;
  readonly day: string;
  readonly month: string;
  readonly year: string;
  readonly time: string;
}

function partsOf(epoch: number): Parts {
  const date = new Date(epoch);
  const [, day, month, year, time] = date.toUTCString().split(' ') as [
    string,
    string,
    string,
    string,
    string,
  ];
  return { weekday: DAYS[date.getUTCDay()], day, month, year, time };
}

/** The three forms of RFC 9110 §5.6.7. */
const FORMS = {
  'IMF-fixdate': ({ weekday, day, month, year, time }: Parts) =>
    `${weekday.slice(0, 3)}, ${day} ${month} ${year} ${time} GMT`,
  'rfc850-date': ({ weekday, day, month, year, time }: Parts) =>
    `${weekday}, ${day}-${month}-${year.slice(-2)} ${time} GMT`,
  'asctime-date': ({ weekday, day, month, year, time }: Parts) =>
    `${weekday.slice(0, 3)} ${month} ${day.replace(/^0/, ' ')} ${time} ${year}`,
};

const seconds = (from: number, to: number) =>
  fc.integer({ min: from / 1000, max: to / 1000 }).map((second) => second * 1000);
const anyTime = seconds(Date.UTC(1900, 0, 1), Date.UTC(9999, 11, 31));
const thisCentury = seconds(Date.UTC(2000, 0, 1), Date.UTC(2099, 11, 31));
const fiftyYearsLater = (epoch: number, years: number) => {
  const date = new Date(epoch);
  return date.setUTCFullYear(date.getUTCFullYear() + years);
};

describe('an HTTP-date', () => {
  it.each(['IMF-fixdate', 'asctime-date'] as const)('written as %s is read back to the second', (form) => {
    fc.assert(
      fc.property(anyTime, thisCentury, (epoch, wallNow) => {
        expect(parseHttpDate(FORMS[form](partsOf(epoch)), wallNow)).toBe(epoch);
      }),
      runs(500),
    );
  });

  it('written as rfc850-date is read back within fifty years of now', () => {
    const within = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(thisCentury, within, (wallNow, where) => {
        const first = fiftyYearsLater(wallNow, -50) + 86_400_000;
        const last = fiftyYearsLater(wallNow, 50) - 86_400_000;
        const epoch = Math.floor((first + where * (last - first)) / 1000) * 1000;
        expect(parseHttpDate(FORMS['rfc850-date'](partsOf(epoch)), wallNow)).toBe(epoch);
      }),
      runs(1000),
    );
  });

  it.each([
    ['a day before', '2026-11-05', 'Friday, 05-Nov-76 00:00:00 GMT', '2076-11-05'],
    ['exactly', '2026-11-05', 'Thursday, 05-Nov-76 00:00:01 GMT', '1976-11-05'],
    ['in the same year, but after', '2026-11-05', 'Friday, 31-Dec-76 00:00:00 GMT', '1976-12-31'],
    ['across a century, before', '2070-11-05', 'Friday, 01-Jan-20 00:00:00 GMT', '2120-01-01'],
    ['across a century, after', '2070-11-05', 'Friday, 31-Dec-20 00:00:00 GMT', '2020-12-31'],
  ])('with two digits that could be fifty years ahead: %s', (_name, now, value, expected) => {
    const epoch = parseHttpDate(value, Date.parse(now)) as number;
    expect(new Date(epoch).toISOString().slice(0, 10)).toBe(expected);
  });

  it('that is not one is undefined, and nothing is thrown', () => {
    fc.assert(
      fc.property(fc.string(), thisCentury, (garbage, wallNow) => {
        expect(parseHttpDate(garbage, wallNow)).toBeUndefined();
      }),
      runs(500),
    );
  });

  it('with one character changed is undefined or a date, and nothing is thrown', () => {
    const change = fc.record({ at: fc.nat(40), to: fc.string({ minLength: 0, maxLength: 2 }) });
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(FORMS)), anyTime, change, (write, epoch, { at, to }) => {
        const text = write(partsOf(epoch));
        const read = parseHttpDate(text.slice(0, at) + to + text.slice(at + 1), 0);
        expect(read === undefined || Number.isSafeInteger(read)).toBe(true);
      }),
      runs(500),
    );
  });

  it.each([
    'xSun, 06 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 08:49:37 GMTx',
    'xSunday, 06-Nov-94 08:49:37 GMT',
    'Sunday, 06-Nov-94 08:49:37 GMTx',
    'xSun Nov  6 08:49:37 1994',
    'Sun Nov  6 08:49:37 19941',
    'Sun Nov x6 08:49:37 1994',
    'Sun, 06 Nov 1994 24:00:00 GMT',
    'Sun, 06 Nov 1994 08:60:00 GMT',
    'Sun, 06 Nov 1994 08:49:61 GMT',
    'Sun, 00 Nov 1994 08:49:37 GMT',
    'Sun, 31 Nov 1994 08:49:37 GMT',
    'Mon, 29 Feb 1999 08:49:37 GMT',
  ])('is not %j', (value) => {
    expect(parseHttpDate(value, Date.UTC(2026, 0, 1))).toBeUndefined();
  });

  it('may have the leap second and the leap day', () => {
    expect(parseHttpDate('Thu, 29 Feb 1996 23:59:60 GMT', 0)).toBe(Date.UTC(1996, 2, 1));
  });
});
