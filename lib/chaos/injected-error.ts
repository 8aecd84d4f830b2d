import { getSystemErrorMap } from 'node:util';
import { STATUS_CODES } from 'node:http';
import type { HttpAnswer } from '../strategies/body-interceptor.js';
import { causeChain } from '../policy/error-chain.js';

/** The mark of an injected error; every copy of the package knows it. */
const INJECTED = Symbol.for('nestjs-breakwater:injected');

/** The system call that fails with each code, as Node tells it. */
const SYSCALLS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect',
  EHOSTUNREACH: 'connect',
  EHOSTDOWN: 'connect',
  ENETUNREACH: 'connect',
  ENETDOWN: 'connect',
  ETIMEDOUT: 'connect',
  EADDRNOTAVAIL: 'connect',
  ENOTFOUND: 'getaddrinfo',
  EAI_AGAIN: 'getaddrinfo',
  EPIPE: 'write',
  ECONNRESET: 'read',
  ECONNABORTED: 'read',
  ENOTCONN: 'read',
};

/** libuv's number of a name that the resolver does not know, which Node calls otherwise. */
const ENOTFOUND = -3008;

/** Names and messages of undici's errors, by their codes. */
const UNDICI: Readonly<Record<string, readonly [name: string, message: string]>> = {
  UND_ERR_CONNECT_TIMEOUT: ['ConnectTimeoutError', 'Connect Timeout Error'],
  UND_ERR_HEADERS_TIMEOUT: ['HeadersTimeoutError', 'Headers Timeout Error'],
  UND_ERR_BODY_TIMEOUT: ['BodyTimeoutError', 'Body Timeout Error'],
  UND_ERR_SOCKET: ['SocketError', 'other side closed'],
};

let numbers: Map<string, number> | undefined;

/** libuv's number of a system error. */
function errnoOf(code: string): number | undefined {
  if (code === 'ENOTFOUND') return ENOTFOUND;
  numbers ??= new Map([...getSystemErrorMap()].map(([errno, [name]]) => [name, errno]));
  return numbers.get(code);
}

/** Makes the error that Node, undici or a driver makes with this code. */
export function errorWithCode(code: string): Error {
  const known = Object.hasOwn(UNDICI, code) ? UNDICI[code] : undefined;
  if (known) return Object.assign(new Error(known[1]), { name: known[0], code });
  const errno = errnoOf(code);
  if (errno === undefined) return Object.assign(new Error(`Injected error ${code}`), { code });
  const syscall = Object.hasOwn(SYSCALLS, code) ? SYSCALLS[code] : 'read';
  const hostname = syscall === 'getaddrinfo' ? { hostname: 'injected.invalid' } : {};
  const where = syscall === 'getaddrinfo' ? ' injected.invalid' : '';
  return Object.assign(new Error(`${syscall} ${code}${where}`), { errno, code, syscall, ...hostname });
}

/** Makes the error that stands for an HTTP answer where there is no HTTP. */
export function errorWithStatus({ status, headers }: HttpAnswer): Error {
  const message = `Injected answer: ${status} ${STATUS_CODES[status] ?? ''}`.trim();
  return Object.assign(new Error(message), { status, headers: { ...headers } });
}

/** Marks an error as injected; one that is frozen, or that is no object, cannot be marked. */
export function markInjected<T>(error: T): T {
  if (typeof error === 'object' && error !== null && Object.isExtensible(error))
    Object.defineProperty(error, INJECTED, { value: true, configurable: true });
  return error;
}

/**
 * True if an error was injected, or has come of one that was: asks it and everything along its `cause`. Errors of another copy of the
 * package are known too. A time limit that an injected latency has exceeded is not injected.
 *
 * @example
 * ```ts
 * if (!isInjected(error)) pager.notify('the payments fail');
 * ```
 * @public
 */
export function isInjected(error: unknown): boolean {
  return causeChain(error).some(isMarked);
}

function isMarked(link: unknown): boolean {
  try {
    return typeof link === 'object' && link !== null && Object.hasOwn(link, INJECTED);
  } catch {
    return false;
  }
}
