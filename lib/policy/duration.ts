import ms from 'ms';

/** The units that a duration can have, in lower case. @public */
export type DurationUnit =
  | ('ms' | 'msec' | 'msecs' | 'millisecond' | 'milliseconds')
  | ('s' | 'sec' | 'secs' | 'second' | 'seconds')
  | ('m' | 'min' | 'mins' | 'minute' | 'minutes')
  | ('h' | 'hr' | 'hrs' | 'hour' | 'hours')
  | ('d' | 'day' | 'days' | 'w' | 'week' | 'weeks');

/** A duration as text that the compiler checks: `'250ms'`, `'2s'`, `'1.5 h'`; without a unit it is milliseconds. @public */
export type DurationText = `${number}` | `${number}${DurationUnit}` | `${number} ${DurationUnit}`;

/**
 * Augment it to have durations checked by the compiler; without an augmentation any text is accepted, because
 * configuration is `string`, and is checked while the application starts.
 *
 * @example
 * ```ts
 * declare module 'nestjs-breakwater' {
 *   interface ResilienceTypeChecks { durations: true }
 * }
 * ```
 * @public
 */
export interface ResilienceTypeChecks {}

/**
 * A number of milliseconds, or a string such as `'250ms'`, `'2s'`, `'1m'`. Once {@link ResilienceTypeChecks} is
 * augmented a string has to be a {@link DurationText}: `'2 parsecs'` no longer compiles.
 * @public
 */
export type Duration =
  number | DurationText | ('durations' extends keyof ResilienceTypeChecks ? never : string & {});

/** Longest delay that Node's timers can hold: 24.8 days. A longer one would fire at once. */
export const MAX_DURATION = 2_147_483_647;

/** Milliseconds, or undefined for anything that is not a duration between 0 and 24 days. */
export function parseDuration(value: unknown): number | undefined {
  const time = parseSpan(value);
  return time !== undefined && time <= MAX_DURATION ? time : undefined;
}

/** The same however long it is, for what is capped anyway. */
export function parseSpan(value: unknown): number | undefined {
  const parsed = typeof value === 'string' ? parseText(value) : value;
  return typeof parsed === 'number' && parsed >= 0 ? parsed : undefined;
}

function parseText(text: string): number | undefined {
  if (text.length === 0 || text.length > 100) return undefined;
  return ms(text as ms.StringValue);
}
