const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const MONTH = `(?<month>${MONTHS.join('|')})`;
const TIME = '(?<hour>[01]\\d|2[0-3]):(?<minute>[0-5]\\d):(?<second>[0-5]\\d|60)';

/** The three forms that a recipient must accept (RFC 9110 §5.6.7). */
const FORMS = [
  // Sun, 06 Nov 1994 08:49:37 GMT
  `(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?<day>\\d{2}) ${MONTH} (?<year>\\d{4}) ${TIME} GMT`,
  // Sunday, 06-Nov-94 08:49:37 GMT (RFC 850, obsolete)
  `(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?<day>\\d{2})-${MONTH}-(?<year>\\d{2}) ${TIME} GMT`,
  // Sun Nov  6 08:49:37 1994 (asctime, obsolete; UTC)
  `(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ${MONTH} (?<day>[ \\d]\\d) ${TIME} (?<year>\\d{4})`,
].map((form) => new RegExp(`^${form}$`));

/**
 * Epoch milliseconds of an HTTP-date in any of its three forms (RFC 9110 §5.6.7), or undefined. A date with
 * a two-digit year is never more than 50 years ahead of `wallNow`: it is then of the century before.
 */
export function parseHttpDate(value: string, wallNow: number): number | undefined {
  for (const form of FORMS) {
    const parts = form.exec(value)?.groups;
    if (parts) return toEpoch(parts, wallNow);
  }
  return undefined;
}

function toEpoch(parts: Record<string, string | undefined>, wallNow: number): number | undefined {
  const year = Number(parts.year);
  if (parts.year?.length !== 2) return epochIn(year, parts);
  const today = new Date(wallNow);
  const century = today.getUTCFullYear() - (today.getUTCFullYear() % 100);
  const latest = today.setUTCFullYear(today.getUTCFullYear() + 50);
  const candidates = [century + 100, century, century - 100].map((start) => epochIn(start + year, parts));
  return candidates.find((epoch) => epoch !== undefined && epoch <= latest);
}

function epochIn(year: number, parts: Record<string, string | undefined>): number | undefined {
  const number = (name: string) => Number(parts[name]);
  const midnight = Date.UTC(year, MONTHS.indexOf(parts.month as string), number('day'));
  // Date.UTC turns the 31st of a short month into the 1st of the next
  if (new Date(midnight).getUTCDate() !== number('day')) return undefined;
  return midnight + (number('hour') * 3600 + number('minute') * 60 + number('second')) * 1000;
}
