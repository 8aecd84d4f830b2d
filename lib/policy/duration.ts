import ms from 'ms';

/** A number of milliseconds, or a string such as `'250ms'`, `'2s'`, `'1m'`. */
export type Duration = number | string;

/** What Node's timers can hold: 24.8 days. A longer delay would fire at once. */
export const MAX_DURATION = 2_147_483_647;

/** Milliseconds, or undefined for anything that is not a duration between 0 and 24 days. */
export function parseDuration(value: unknown): number | undefined {
  const parsed = typeof value === 'string' ? parseText(value) : value;
  if (typeof parsed !== 'number' || !(parsed >= 0 && parsed <= MAX_DURATION)) return undefined;
  return parsed;
}

function parseText(text: string): number | undefined {
  if (text.length === 0 || text.length > 100) return undefined;
  return ms(text as ms.StringValue);
}
