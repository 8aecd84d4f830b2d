import { ResilienceException } from './resilience.exception.js';

/** Details of a {@link CircuitOpenException}. @public */
export interface CircuitOpenDetails {
  /** Name of the circuit. */
  circuit?: string;
  /** Milliseconds until the circuit lets a trial call through; unknown in half-open and forced-open. */
  retryAfter?: number | undefined;
  /** The failure that was seen last. */
  cause?: unknown;
}

/**
 * The circuit is open: the method did not run (503, `RESILIENCE_CIRCUIT_OPEN`).
 *
 * @example
 * ```ts
 * // in a test: what does my code do in an outage?
 * jest.spyOn(payments, 'charge').mockRejectedValue(new CircuitOpenException({ circuit: 'payments', retryAfter: 5_000 }));
 * ```
 * @public
 */
export class CircuitOpenException extends ResilienceException {
  /** Name of the circuit that refused the call. */
  readonly circuit: string;

  constructor({ circuit = 'circuit', retryAfter, cause }: CircuitOpenDetails = {}) {
    const again = retryAfter === undefined ? '' : `; next trial in ${Math.ceil(retryAfter)} ms`;
    const message = `Circuit '${circuit}' lets no call through${again}`;
    super({ message, code: 'RESILIENCE_CIRCUIT_OPEN', status: 503, retryAfter, cause });
    this.circuit = circuit;
  }
}

/** Details of a {@link BulkheadFullException} and a {@link RateLimitExceededException}. @public */
export interface LimitDetails {
  /** Name of the bulkhead or rate limit. */
  name?: string;
  /** Milliseconds after which another call may be admitted, where known. */
  retryAfter?: number | undefined;
}

/**
 * All slots and queue places are taken: the method did not run (503, `RESILIENCE_BULKHEAD_FULL`).
 *
 * @example
 * ```ts
 * const page = await render().catch((error) => (error instanceof BulkheadFullException ? simplePage : Promise.reject(error)));
 * ```
 * @public
 */
export class BulkheadFullException extends ResilienceException {
  constructor({ name = 'bulkhead', retryAfter }: LimitDetails = {}) {
    super({
      message: `Bulkhead '${name}' is full`,
      code: 'RESILIENCE_BULKHEAD_FULL',
      status: 503,
      retryAfter,
    });
  }
}

/**
 * The rate limit is used up: the method did not run (503, `RESILIENCE_RATE_LIMITED`).
 *
 * @example
 * ```ts
 * if (error instanceof RateLimitExceededException) await later(error.retryAfter ?? 1_000);
 * ```
 * @public
 */
export class RateLimitExceededException extends ResilienceException {
  constructor({ name = 'rate limit', retryAfter }: LimitDetails = {}) {
    const message = `Rate limit '${name}' is exceeded`;
    super({ message, code: 'RESILIENCE_RATE_LIMITED', status: 503, retryAfter });
  }
}

/**
 * The application is closing and the call had no error of its own yet (503, `RESILIENCE_SHUTDOWN`).
 *
 * @example
 * ```ts
 * if (!(error instanceof ShutdownException)) throw error; // after a restart it is done again
 * ```
 * @public
 */
export class ShutdownException extends ResilienceException {
  constructor({ cause }: { cause?: unknown } = {}) {
    super({ message: 'The application is shutting down', code: 'RESILIENCE_SHUTDOWN', status: 503, cause });
  }
}

/** Details of a {@link TimeoutException}. @public */
export interface TimeoutDetails {
  /** The part that ran out of time: one attempt, the whole call with its retries and waits, or a wait for more of a body. */
  scope?: 'attempt' | 'total' | 'idle';
  /** The limit in milliseconds. */
  timeout?: number;
  /** Name of the method, policy or client. */
  name?: string;
  /** The error of the last attempt before, if there was one. */
  cause?: unknown;
}

/**
 * A time limit ran out (504, `RESILIENCE_TIMEOUT`).
 *
 * @example
 * ```ts
 * if (error instanceof TimeoutException) console.log(`no answer within ${error.timeout} ms (${error.scope})`);
 * ```
 * @public
 */
export class TimeoutException extends ResilienceException {
  /** The part that ran out of time: one attempt, the whole call with its retries and waits, or a wait for more of a body. */
  readonly scope: 'attempt' | 'total' | 'idle';
  /** The limit in milliseconds. */
  readonly timeout: number;

  constructor({ scope = 'attempt', timeout = 0, name = 'the call', cause }: TimeoutDetails = {}) {
    const what = scope === 'attempt' ? 'an attempt of ' : '';
    const fault = scope === 'idle' ? 'the answer sent nothing for' : 'took longer than';
    super({
      message: `${what}${name}${scope === 'idle' ? ': ' : ' '}${fault} ${timeout} ms`,
      code: 'RESILIENCE_TIMEOUT',
      status: 504,
      cause,
    });
    this.scope = scope;
    this.timeout = timeout;
  }
}
