import { InvalidRequestException } from '../../exceptions/upstream.exceptions.js';
import { isOptionsObject } from '../../policy/layers.js';
import { addHeaders } from '../request-headers.js';
import type { SentHeaders } from '../request-headers.js';
import type { RequestBody } from '../request-body.js';
import type { PreparedRequest, ResponseHeaders, TransportRequest, TransportResponse } from '../transport.js';

/** The request of an attempt, right before it is sent. @public */
export interface RequestHookContext {
  /** Number of the attempt, from 1. */
  readonly attempt: number;
  /** In upper case. */
  readonly method: string;
  /** As sent, with its query and without credentials. */
  readonly url: string;
  /** Lower-case names. The hook may add, change and delete: that is what is sent. */
  headers: SentHeaders;
  /** Text or bytes, as sent; undefined for no body or a stream. */
  readonly body: string | Uint8Array | undefined;
  /** True for an absolute URL of another origin than the client's: it has been given nothing of the client's. */
  readonly foreign?: true | undefined;
}

/** The answer to an attempt. @public */
export interface ResponseHookContext {
  /** Number of the attempt, from 1. */
  readonly attempt: number;
  /** The HTTP status. */
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<ResponseHeaders>;
  /** The URL that has answered, with its query and without credentials. */
  readonly url: string;
  /** Milliseconds from sending to the answer, with redirects, and with the body unless it is a stream. */
  readonly duration: number;
}

/** Runs before each attempt is sent; may be async. @public */
export type OnRequest = (context: RequestHookContext) => void | Promise<void>;

/** Runs with the answer to each attempt, whatever its status; may be async. @public */
export type OnResponse = (context: ResponseHookContext) => void | Promise<void>;

/** The whole URL of a request, for the application's own code. */
export function fullUrl({ origin, path }: Pick<TransportRequest, 'origin' | 'path'>): string {
  return origin + path;
}

/** The facts of an answer, for the hook that it runs. */
export function answered(
  request: TransportRequest,
  { status, headers }: Pick<TransportResponse, 'status' | 'headers'>,
  attempt: number,
  duration: number,
): ResponseHookContext {
  return { attempt, status, headers, url: fullUrl(request), duration };
}

/**
 * Lets a hook change the headers of a request.
 *
 * @throws InvalidRequestException for headers that must not be sent
 */
export async function runOnRequest(
  hook: OnRequest,
  request: PreparedRequest,
  attempt: number,
): Promise<SentHeaders> {
  const { method, isForeign } = request;
  const context: RequestHookContext = {
    attempt,
    method,
    url: fullUrl(request),
    headers: request.headers,
    body: readableBody(request.body),
    ...(isForeign && { foreign: true }),
  };
  await hook(context);
  if (!isOptionsObject(context.headers))
    throw new InvalidRequestException({ reason: 'onRequest: expected to leave a plain object of headers' });
  const headers: SentHeaders = {};
  addHeaders(headers, context.headers);
  return headers;
}

function readableBody(body: RequestBody): string | Uint8Array | undefined {
  return typeof body === 'string' || body instanceof Uint8Array ? body : undefined;
}
