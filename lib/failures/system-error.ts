import { BITS } from './properties.js';
import type { Property } from './properties.js';

/** Telling properties of Node's errors of the system. */
const OF_SYSTEM: ReadonlySet<string> = new Set(['code', 'errno', 'syscall']);

/**
 * The code of an error of Node's that has a code, an error number of the system, and words, but nothing else to tell; undefined
 * for others. These errors are the most common ones. Throws where looking throws.
 */
export function codeOfSystem(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, errno } = error as { code?: unknown; errno?: unknown };
  if (typeof code !== 'string' || (errno !== undefined && !((errno as number) < 0))) return undefined;
  return isBare(error) && Object.hasOwn(error, 'code') ? code : undefined;
}

/** True for a plain `Error` that has no other telling property. */
function isBare(error: object): boolean {
  if (Object.getPrototypeOf(error) !== Error.prototype || saysMore(error as Error)) return false;
  for (const key in error) if (BITS.has(key) && !OF_SYSTEM.has(key)) return false;
  return true;
}

/** True for what an error may say without being asked for all that it has. */
function saysMore(error: Error & Partial<Record<Property, unknown>>): boolean {
  const { name, constructor, cause, errors, response } = error;
  if (name !== 'Error' || constructor !== Error) return true;
  return cause !== undefined || errors !== undefined || response !== undefined || isJudged(error);
}

/** True for a status or a flag, which a class may hide from enumeration. */
function isJudged({ status, statusCode, retryable, retriable }: Partial<Record<Property, unknown>>): boolean {
  return (
    status !== undefined || statusCode !== undefined || retryable !== undefined || retriable !== undefined
  );
}
