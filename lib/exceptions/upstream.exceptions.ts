import { ResilienceException } from './resilience.exception.js';
import type { ResilienceErrorCode } from './resilience.exception.js';

/** Response headers: lower-case names; a name that came more than once has an array. */
export type UpstreamHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** Where a request went, without credentials or query. */
export interface UpstreamRequestDetails {
  method?: string;
  url?: string;
}

/** Details of an {@link UpstreamHttpException}. */
export interface UpstreamHttpDetails extends UpstreamRequestDetails {
  upstreamStatus?: number;
  upstreamHeaders?: UpstreamHeaders;
  upstreamBody?: unknown;
  /** Milliseconds after which the upstream asked to come back. */
  retryAfter?: number | undefined;
}

/** The upstream answered with a status that was not accepted (502, `RESILIENCE_UPSTREAM_HTTP`). */
export class UpstreamHttpException extends ResilienceException {
  readonly upstreamStatus: number;
  readonly upstreamHeaders: UpstreamHeaders;
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
    this.upstreamHeaders = upstreamHeaders;
    this.method = method;
    this.url = url;
    Object.defineProperty(this, 'upstreamBody', { value: details.upstreamBody, configurable: true });
  }
}

/** Details of an {@link UpstreamConnectionException}. */
export interface UpstreamConnectionDetails extends UpstreamRequestDetails {
  cause?: unknown;
}

/** No complete answer arrived: refused, reset, DNS, TLS … (502, `RESILIENCE_UPSTREAM_CONNECTION`). */
export class UpstreamConnectionException extends ResilienceException {
  readonly method: string;
  /** The URL that was asked, without credentials or query. */
  readonly url: string;

  constructor({ method = 'GET', url = '', cause }: UpstreamConnectionDetails = {}) {
    const why = cause instanceof Error ? `: ${cause.message}` : '';
    const message = `${method} ${url} got no answer${why}`;
    super({ message, code: 'RESILIENCE_UPSTREAM_CONNECTION', status: 502, cause });
    this.method = method;
    this.url = url;
  }
}

/** Details of an {@link UpstreamResponseException}. */
export interface UpstreamResponseDetails extends UpstreamRequestDetails {
  code?: Extract<
    ResilienceErrorCode,
    'RESILIENCE_RESPONSE_TOO_LARGE' | 'RESILIENCE_TOO_MANY_REDIRECTS' | 'RESILIENCE_INVALID_RESPONSE'
  >;
  /** What is wrong with the answer. */
  reason?: string;
  cause?: unknown;
}

/** The upstream answered, but its answer cannot be used: too large, broken JSON … (502). */
export class UpstreamResponseException extends ResilienceException {
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

/** The request was refused before a byte was sent; it is never retried (500, `RESILIENCE_INVALID_REQUEST`). */
export class InvalidRequestException extends ResilienceException {
  constructor({ reason = 'the request is invalid', cause }: { reason?: string; cause?: unknown } = {}) {
    super({ message: `Nothing was sent: ${reason}`, code: 'RESILIENCE_INVALID_REQUEST', status: 500, cause });
  }
}
