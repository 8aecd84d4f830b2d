import { isResilienceException } from '../exceptions/resilience.exception.js';
import { causeChain, read, tryOrUndefined } from '../policy/error-chain.js';
import { statusOf } from '../policy/http-status.js';
import { withoutKeys } from './hidden-keys.js';
import type { ShownKeys } from './hidden-keys.js';
import { Look } from './look.js';
import { isNetworkError } from './network-error.js';
import { oneLine } from './one-line.js';

/** The part of an error that may be shown outside the process. @public */
export interface ShownError {
  /** Name of its class, such as `UpstreamConnectionException`. */
  readonly name: string;
  /** Its `code`, or that of the first of its causes that has one: `ECONNREFUSED`. */
  readonly code?: string | number;
  /** The HTTP status that it carries: of an `UpstreamHttpException` that of the answer. */
  readonly status?: number;
  /**
   * Its message, at most 200 characters: only of the exceptions of this library, and of errors with a code of connections, DNS, TLS
   * or undici.
   */
  readonly message?: string;
}

/** Limits of what a place outside the process may see of an error. */
export interface ShownErrorOptions extends ShownKeys {
  /** `'shown'`: the messages of all errors. Default `'known'`: only those that hold nothing of an application's data. */
  readonly messages?: 'known' | 'shown';
}

/** A query of a URL may hold arguments, tokens too. */
const QUERY = /(\/[^\s?'"]{0,300})\?[^\s'"]+/g;

/**
 * Picks what may be shown of an error outside the process: in health checks, spans, an admin API. Its stack, headers, body,
 * arguments and query never are. Never throws.
 */
export function shownError(error: unknown, options: ShownErrorOptions = {}): ShownError {
  const look = new Look(error);
  const code = codeOf(error);
  const status = statusOf(error);
  const message = messageOf(look, options);
  return {
    name: oneLine(look.name) || typeof error,
    ...(code !== undefined && { code }),
    ...(status !== undefined && { status }),
    ...(message !== '' && { message }),
  };
}

/** The code of the first error along `cause` that has one. */
function codeOf(error: unknown): string | number | undefined {
  for (const link of causeChain(error)) {
    const { code } = new Look(link);
    if (typeof code === 'number') return code;
    if (typeof code === 'string' && code !== '') return oneLine(code);
  }
  return undefined;
}

function messageOf(look: Look, options: ShownErrorOptions): string {
  const message = options.messages === 'shown' ? look.message : knownMessage(look);
  const code = isOurs(look.error) ? look.code : undefined;
  return oneLine(withoutKeys(message.replace(QUERY, '$1'), code, options));
}

/** An object may throw when it is looked at. */
const isOurs = (error: unknown) => tryOrUndefined(() => isResilienceException(error)) === true;

/** The message of an error that holds nothing of an application's data; else empty. */
function knownMessage(look: Look): string {
  if (isOurs(look.error)) return ownMessage(look);
  if (!isNetworkError(look)) return '';
  if (look.message !== '') return withoutStatement(look.message);
  // happy eyeballs: the addresses of a host, each with its own error
  const members = look.get('errors');
  const first = Array.isArray(members) ? new Look(members[0]) : undefined;
  return first && isNetworkError(first) ? first.message : '';
}

/** Cuts what a foreign transport has said from the message of a connection that failed. */
function ownMessage({ message, code, error }: Look): string {
  if (code !== 'RESILIENCE_UPSTREAM_CONNECTION') return message;
  const cause = read(error, 'cause');
  const said = read(cause, 'message');
  const isFine = isOurs(cause) || isNetworkError(new Look(cause));
  if (isFine || typeof said !== 'string' || said === '') return message;
  const at = message.indexOf(`: ${said}`);
  return at < 0 ? message : message.slice(0, at);
}

/** Cuts the SQL statement that knex writes in front of a message, with its arguments. */
function withoutStatement(message: string): string {
  const at = message.lastIndexOf(' - ');
  return at < 0 ? message : message.slice(at + 3);
}
