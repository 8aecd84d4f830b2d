import { ResilienceException } from './resilience.exception.js';
import type { ResilienceErrorCode } from './resilience.exception.js';

/** Response headers: lower-case names; a name that came more than once has an array. @public */
export type UpstreamHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** Where a request went, without credentials or query. @public */
export interface UpstreamRequestDetails {
  /** In upper case. Default GET. */
  method?: string;
  /** Without credentials or query. Default: empty. */
  url?: string;
}

/** Details of an {@link UpstreamHttpException}. @public */
export interface UpstreamHttpDetails extends UpstreamRequestDetails {
  /** The status of the answer. Default 500. */
  upstreamStatus?: number;
  /** The headers of the answer. Default: none. */
  upstreamHeaders?: UpstreamHeaders;
  /** The body of the answer: parsed JSON, or text. */
  upstreamBody?: unknown;
  /** Milliseconds after which the upstream asked to come back. */
  retryAfter?: number | undefined;
}

/**
 * The upstream answered with a status that was not accepted (502, `RESILIENCE_UPSTREAM_HTTP`).
 *
 * @example
 * ```ts
 * const isUnknown = error instanceof UpstreamHttpException && error.upstreamStatus === 404;
 * ```
 * @public
 */
export class UpstreamHttpException extends ResilienceException {
  /** The status of the answer. */
  readonly upstreamStatus: number;
  /** The headers of the answer, such as `retry-after`; not enumerable: they may hold cookies and tokens. */
  declare readonly upstreamHeaders: UpstreamHeaders;
  /** The method of the request, in upper case. */
  readonly method: string;
  /** The URL that was asked, without credentials or query. */
  readonly url: string;
  /** Parsed JSON or text; not enumerable, so that it is not logged or serialized by accident. */
  declare readonly upstreamBody: unknown;

  constructor(details: UpstreamHttpDetails = {}) {
    const { upstreamStatus = 500, upstreamHeaders = {}, method = 'GET', url = '', retryAfter } = details;
    const message = `${method} ${url} was answered with ${upstreamStatus}`;
    super({ message, code: 'RESILIENCE_UPSTREAM_HTTP', status: 502, retryAfter });
    this.upstreamStatus = upstreamStatus;
    this.method = method;
    this.url = url;
    const { upstreamBody } = details;
    for (const [name, value] of Object.entries({ upstreamHeaders, upstreamBody }))
      Object.defineProperty(this, name, { value, configurable: true });
  }
}

/** Details of an {@link UpstreamConnectionException}. @public */
export interface UpstreamConnectionDetails extends UpstreamRequestDetails {
  /** The error of the connection. */
  cause?: unknown;
  /** Set if an answer had begun: its status, and the bytes of its body that came before it broke off. */
  brokeOff?: BrokenAnswer | undefined;
}

/** The part of an answer that came before it broke off. @public */
export interface BrokenAnswer {
  /** The status of the answer. */
  readonly status: number;
  /** Bytes of the body that had come, as they were sent, where the transport tells them. */
  readonly bytes?: number | undefined;
}

/**
 * No complete answer arrived: refused, reset, DNS, TLS … (502, `RESILIENCE_UPSTREAM_CONNECTION`).
 *
 * @example
 * ```ts
 * if (error instanceof UpstreamConnectionException) console.log(error.url, error.cause);
 * ```
 * @public
 */
export class UpstreamConnectionException extends ResilienceException {
  /** The method of the request, in upper case. */
  readonly method: string;
  /** The URL that was asked, without credentials or query. */
  readonly url: string;
  /** Set if an answer had begun: its status, and the bytes of its body that came before it broke off. */
  declare readonly brokeOff?: BrokenAnswer;

  constructor({ method = 'GET', url = '', cause, brokeOff }: UpstreamConnectionDetails = {}) {
    const why = cause instanceof Error ? `: ${cause.message}` : '';
    const what = brokeOff ? brokenOff(brokeOff) : 'got no answer';
    super({
      message: `${method} ${url} ${what}${why}`,
      code: 'RESILIENCE_UPSTREAM_CONNECTION',
      status: 502,
      cause,
    });
    this.method = method;
    this.url = url;
    if (brokeOff) this.brokeOff = brokeOff;
  }
}

function brokenOff({ status, bytes }: BrokenAnswer): string {
  const after = bytes === undefined ? '' : ` after ${bytes} bytes`;
  return `was answered with ${status}, and the answer broke off${after}`;
}

/** Details of an {@link UpstreamResponseException}. @public */
export interface UpstreamResponseDetails extends UpstreamRequestDetails {
  /** Kind of the answer. Default `'RESILIENCE_INVALID_RESPONSE'`. */
  code?: Extract<
    ResilienceErrorCode,
    'RESILIENCE_RESPONSE_TOO_LARGE' | 'RESILIENCE_TOO_MANY_REDIRECTS' | 'RESILIENCE_INVALID_RESPONSE'
  >;
  /** Fault of the answer. */
  reason?: string;
  /** Error that showed the fault, such as a `SyntaxError`. */
  cause?: unknown;
}

/**
 * The upstream answered, but its answer cannot be used: too large, broken JSON … (502).
 *
 * @example
 * ```ts
 * if (error instanceof UpstreamResponseException) console.log(error.code); // 'RESILIENCE_RESPONSE_TOO_LARGE'
 * ```
 * @public
 */
export class UpstreamResponseException extends ResilienceException {
  /** The method of the request, in upper case. */
  readonly method: string;
  /** The URL that was asked, without credentials or query. */
  readonly url: string;

  constructor(details: UpstreamResponseDetails = {}) {
    const {
      method = 'GET',
      url = '',
      code = 'RESILIENCE_INVALID_RESPONSE',
      reason = 'it is invalid',
      cause,
    } = details;
    super({ message: `The answer to ${method} ${url} cannot be used: ${reason}`, code, status: 502, cause });
    this.method = method;
    this.url = url;
  }
}

/** Details of an {@link InvalidRequestException}. @public */
export interface InvalidRequestDetails {
  /** Fault of the request. */
  reason?: string;
  /** Error that showed the fault, such as that of a stream. */
  cause?: unknown;
  /** True if a part of the request may have been sent: the source of its body has failed meanwhile. Default false. */
  isPartial?: boolean;
}

/**
 * The request was refused before a byte was sent, or its body could not be read to its end. It is never retried and says nothing
 * of the upstream (500, `RESILIENCE_INVALID_REQUEST`).
 *
 * @example
 * ```ts
 * const isRefused = await http.get('no-url').catch((error) => error instanceof InvalidRequestException); // true
 * ```
 * @public
 */
export class InvalidRequestException extends ResilienceException {
  constructor({ reason = 'the request is invalid', cause, isPartial }: InvalidRequestDetails = {}) {
    const extent = isPartial ? 'The request was not sent as a whole' : 'Nothing was sent';
    super({ message: `${extent}: ${reason}`, code: 'RESILIENCE_INVALID_REQUEST', status: 500, cause });
  }
}
