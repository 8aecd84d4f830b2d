const MONTHS = 'Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec';
const MONTH = `(?<month>${MONTHS})`;
const TIME_OF_DAY = '(?<time>([01]\\d|2[0-3]):[0-5]\\d:([0-5]\\d|60))';
const DAY_NAME = '(Mon|Tue|Wed|Thu|Fri|Sat|Sun)';

/** The three forms that a recipient must accept (RFC 9110 §5.6.7). */
const DATE_FORMS = [
  // Sun, 06 Nov 1994 08:49:37 GMT
  `${DAY_NAME}, (?<day>\\d\\d) ${MONTH} (?<year>\\d{4}) ${TIME_OF_DAY} GMT`,
  // Sunday, 06-Nov-94 08:49:37 GMT (RFC 850, obsolete)
  `(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?<day>\\d\\d)-${MONTH}-(?<year>\\d\\d) ${TIME_OF_DAY} GMT`,
  // Sun Nov  6 08:49:37 1994 (asctime, obsolete; UTC)
  `${DAY_NAME} ${MONTH} (?<day>[ \\d]\\d) ${TIME_OF_DAY} (?<year>\\d{4})`,
].map((form) => new RegExp(`^${form}$`));

/**
 * Epoch milliseconds of an HTTP-date in any of its three forms (RFC 9110 §5.6.7), or undefined. A date with
 * a two-digit year is never more than 50 years ahead of `wallNow`: it is then of the century before.
 */
export function parseHttpDate(value: string, wallNow: number): number | undefined {
  for (const form of DATE_FORMS) {
    const parts = form.exec(value)?.groups;
    if (parts) return toEpoch(parts, wallNow);
  }
  return undefined;
}

function toEpoch(parts: Record<string, string>, wallNow: number): number | undefined {
  const year = Number(parts.year);
  if (parts.year.length > 2) return epochIn(year, parts);
  const latest = new Date(wallNow);
  const lastYear = latest.getUTCFullYear() + 50;
  latest.setUTCFullYear(lastYear);
  const candidate = lastYear - ((lastYear - year) % 100);
  return [candidate, candidate - 100]
    .map((full) => epochIn(full, parts))
    .find((epoch) => epoch !== undefined && epoch <= Number(latest));
}

function epochIn(year: number, { month, day, time }: Record<string, string>): number | undefined {
  const midnight = Date.UTC(year, MONTHS.indexOf(month) / 4, Number(day));
  // Date.UTC turns the 31st of a short month into the 1st of the next
  if (new Date(midnight).getUTCDate() !== Number(day)) return undefined;
  const [hour, minute, second] = time.split(':').map(Number);
  return midnight + (hour * 3600 + minute * 60 + second) * 1000;
}
