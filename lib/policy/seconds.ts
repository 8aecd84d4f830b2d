const ZERO = /^0+(?:\.0+)?$/;
const DECIMAL = /^(\d+)(?:\.(\d+))?$/;

/**
 * Milliseconds of a number of seconds such as `120` or `0.5`, rounded up; undefined for every other text. It reads
 * the digits, because 1.1 · 1000 is more than 1100 in floating point.
 */
export function parseSeconds(text: string): number | undefined {
  const [, whole, fraction = ''] = DECIMAL.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const milliseconds = Number(fraction.slice(0, 3).padEnd(3, '0'));
  const isMore = /[1-9]/.test(fraction.slice(3));
  return Number(whole) * 1000 + milliseconds + (isMore ? 1 : 0);
}

/** Milliseconds of a text such as `1500`; undefined for every other text. */
export function parseMilliseconds(text: string): number | undefined {
  return DECIMAL.test(text) ? Number(text) : undefined;
}

/** True for a text that is the number 0. */
export function isZero(text: string): boolean {
  return ZERO.test(text);
}
