import type { ResilienceException } from '../exceptions/resilience.exception.js';

/** The answer to callers on other transports than HTTP: the content of an HTTP answer's body, and the time to come back. @public */
export interface ResilienceErrorPayload {
  /** As Nest’s own microservice filter says it. */
  readonly status: 'error';
  /** The reason phrase of the HTTP status; what the exception says of the inside stays inside. */
  readonly message: string;
  /** The exception's stable code. */
  readonly code: string;
  /** The HTTP status that an HTTP caller would get. */
  readonly statusCode: number;
  /** Whole milliseconds, rounded up, after which another call may succeed, where that is known. */
  readonly retryAfter?: number;
}

/** An error as graphql-js reads it. @public */
export interface ResilienceGraphQLError extends Error {
  /** Content beside the message: the stable code, and milliseconds until another call may succeed. */
  readonly extensions: {
    readonly code: string;
    /** Status and headers that GraphQL servers give their answer. */
    readonly http: { readonly status: number; readonly headers: Map<string, string> };
    readonly retryAfter?: number;
  };
}

/** The `Retry-After` of an exception: whole seconds, rounded up; undefined if it is not known, or without an end. */
export function retryAfterSeconds({ retryAfter = Infinity }: ResilienceException): string | undefined {
  return Number.isFinite(retryAfter) ? String(Math.max(0, Math.ceil(retryAfter / 1000))) : undefined;
}

/** For transports that send an object. */
export function payloadOf(exception: ResilienceException): ResilienceErrorPayload {
  const { code, retryAfter } = exception;
  const message = publicMessage(exception);
  const known = retryAfter === undefined ? {} : { retryAfter: Math.ceil(retryAfter) };
  return { status: 'error', message, code, statusCode: exception.getStatus(), ...known };
}

/** For GraphQL: an error whose extensions say what an HTTP answer would. */
export function graphQLErrorOf(exception: ResilienceException): ResilienceGraphQLError {
  const { code, retryAfter } = exception;
  const seconds = retryAfterSeconds(exception);
  const headers = new Map(seconds === undefined ? [] : [['retry-after', seconds]]);
  const http = { status: exception.getStatus(), headers };
  const extensions = {
    code,
    http,
    ...(retryAfter === undefined ? {} : { retryAfter: Math.ceil(retryAfter) }),
  };
  return Object.assign(new Error(publicMessage(exception), { cause: exception }), { extensions });
}

function publicMessage(exception: ResilienceException): string {
  const body = exception.getResponse();
  const { message } = typeof body === 'object' ? (body as { message?: unknown }) : { message: body };
  return typeof message === 'string' ? message : 'Error';
}
