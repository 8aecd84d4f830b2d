import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';

/** The stable codes of this library's exceptions; a code never changes its meaning. @public */
export type ResilienceErrorCode =
  | 'RESILIENCE_CIRCUIT_OPEN'
  | 'RESILIENCE_BULKHEAD_FULL'
  | 'RESILIENCE_RATE_LIMITED'
  | 'RESILIENCE_TIMEOUT'
  | 'RESILIENCE_SHUTDOWN'
  | 'RESILIENCE_UPSTREAM_HTTP'
  | 'RESILIENCE_UPSTREAM_CONNECTION'
  | 'RESILIENCE_RESPONSE_TOO_LARGE'
  | 'RESILIENCE_TOO_MANY_REDIRECTS'
  | 'RESILIENCE_INVALID_RESPONSE'
  | 'RESILIENCE_INVALID_REQUEST'
  | 'RESILIENCE_CONFIGURATION';

const BRAND = Symbol.for('nestjs-breakwater:exception');

/** The messages of exceptions whose own message was shown to a client. */
const messages = new WeakMap<ResilienceException, string>();

/**
 * The property `path`, which graphql-js reads of every error right before it copies the message into the answer to the client.
 * From then on the message is the reason phrase; `toString()` and `toJSON()` still tell logs the rest.
 */
const pathProperty: PropertyDescriptor & ThisType<ResilienceException> = {
  configurable: true,
  get() {
    if (!messages.has(this)) messages.set(this, this.message);
    this.message = STATUS_CODES[this.getStatus()] ?? 'Error';
    return undefined;
  },
  set(value: unknown) {
    Object.defineProperty(this, 'path', { value, enumerable: true, configurable: true, writable: true });
  },
};

/** Fields that Nest's `HttpException` keeps beside those that are shown. */
const HIDDEN_FIELDS = ['response', 'options', 'cause'];

/** The facts from which every exception of this library can be built. @public */
export interface ResilienceExceptionDetails {
  /** For logs and developers; the application's own callers only see the reason phrase of the status. */
  message: string;
  /** Stable, for `switch` statements and alerts. */
  code: ResilienceErrorCode;
  /** HTTP status with which an application that does nothing answers. */
  status: number;
  /** Milliseconds after which another call may succeed, where that is known. */
  retryAfter?: number | undefined;
  /** The error from which this one comes. */
  cause?: unknown;
}

/**
 * The base class of all exceptions of this library. It is a Nest `HttpException`, so an application that does
 * nothing answers 502, 503 or 504. The answer holds the status and the code, never an upstream's body.
 *
 * @example
 * ```ts
 * if (error instanceof ResilienceException) console.log(error.code, error.getStatus(), error.retryAfter);
 * ```
 * @public
 */
export class ResilienceException extends HttpException {
  /** Stable, for `switch` statements and alerts. */
  readonly code: ResilienceErrorCode;
  /** Milliseconds after which another call may succeed, where that is known. */
  declare readonly retryAfter?: number;

  constructor(details: ResilienceExceptionDetails) {
    const { status, code, message, retryAfter, cause } = details;
    super({ statusCode: status, message: STATUS_CODES[status] ?? 'Error', code }, status);
    this.message = message;
    this.code = code;
    if (cause !== undefined) this.cause = cause;
    if (retryAfter !== undefined) this.retryAfter = retryAfter;
  }

  /** For logs. The cause is left out: it may hold an upstream's answer, or refer to itself. */
  toJSON(): object {
    const shown = Object.entries(this).filter(([key]) => !HIDDEN_FIELDS.includes(key));
    return { ...Object.fromEntries(shown), message: messages.get(this) ?? this.message };
  }

  /** For logs. */
  override toString(): string {
    return `${this.name}: ${messages.get(this) ?? this.message}`;
  }

  static {
    Object.defineProperty(this.prototype, BRAND, { value: true });
    Object.defineProperty(this.prototype, 'path', pathProperty);
  }
}

/**
 * True for an exception of this library, also one of another installed copy of it.
 *
 * @example
 * ```ts
 * const isOutage = isResilienceException(error) && error.code === 'RESILIENCE_CIRCUIT_OPEN';
 * ```
 * @public
 */
export function isResilienceException(error: unknown): error is ResilienceException {
  return typeof error === 'object' && error !== null && (error as Record<symbol, unknown>)[BRAND] === true;
}

/**
 * Builds an exception of this library without a stack: for refusals that are made by the thousand. Without a
 * limit V8 leaves out the capture, which with a limit of 0 still is half the cost of an error.
 */
export function withoutStack<T extends Error>(build: () => T): T {
  const limit = Error.stackTraceLimit;
  (Error as { stackTraceLimit: unknown }).stackTraceLimit = undefined;
  try {
    const error = build();
    error.stack = `${error.name}: ${error.message}`;
    return error;
  } finally {
    Error.stackTraceLimit = limit;
  }
}
