import { isResilienceException } from '../exceptions/resilience.exception.js';
import { isPlainError, read, tryOrUndefined } from '../policy/error-chain.js';
import { statusOf } from '../policy/http-status.js';
import { OTHER } from './figures.js';

/** A code or the name of a class: a message, an address or a document of JSON is none. */
const SHORT_NAME = /^[\w.:/-]{1,64}$/;

/**
 * Finds the type of an error for metrics and spans (`error.type` of the semantic conventions): the code of this library's
 * exception, else the HTTP status (that of an `UpstreamHttpException` too), `error.code`, the class. Never throws, whatever was
 * thrown.
 */
export function errorTypeOf(error: unknown): string {
  return isPlainError(error) ? 'Error' : (tryOrUndefined(() => typeOf(error)) ?? OTHER);
}

function typeOf(error: unknown): string | undefined {
  const code = read(error, 'code');
  if (isResilienceException(error) && code !== 'RESILIENCE_UPSTREAM_HTTP') return named(code);
  const status = statusOf(error);
  if (status !== undefined) return String(status);
  // the numbers that a DOMException has for a code say less than its name
  return named(error instanceof DOMException ? error.name : code) ?? classOf(error);
}

/** The class of an error; anything else that was thrown has no type. */
function classOf(error: unknown): string | undefined {
  return typeof error === 'object' ? named(read(read(error, 'constructor'), 'name')) : undefined;
}

function named(value: unknown): string | undefined {
  const text = Number.isSafeInteger(value) ? String(value) : value;
  return typeof text === 'string' && SHORT_NAME.test(text) ? text : undefined;
}
