import type { ResilienceException } from '../exceptions/resilience.exception.js';
import { retryAfterSeconds } from './answers.js';

/** The methods that express' response and fastify's reply have in common. */
interface Reply {
  status(code: number): unknown;
  header(name: string, value: string): unknown;
  send(body: unknown): unknown;
  /** On fastify. */
  readonly sent?: boolean;
  readonly raw?: NativeResponse;
}

/** Node's own response, which fastify gives to middleware. */
interface NativeResponse {
  statusCode: number;
  readonly headersSent: boolean;
  setHeader(name: string, value: string): unknown;
  end(body?: string): unknown;
}

const JSON_TYPE = 'application/json; charset=utf-8';

/**
 * Answers an HTTP request the way Nest does, with `Retry-After` where it is known. It needs no HTTP adapter, so a
 * filter that was made outside the container works too.
 */
export function answerHttp(exception: ResilienceException, response: Reply | NativeResponse): void {
  const native = isReply(response) ? (response.raw ?? (response as unknown as NativeResponse)) : response;
  if (native.headersSent) return void native.end();
  if (isReply(response) && response.sent) return;
  const seconds = retryAfterSeconds(exception);
  const headers = { 'content-type': JSON_TYPE, ...(seconds !== undefined && { 'retry-after': seconds }) };
  const status = exception.getStatus();
  const body = exception.getResponse();
  if (isReply(response)) sendReply(response, status, headers, body);
  else sendNative(response, status, headers, body);
}

function isReply(response: Reply | NativeResponse): response is Reply {
  const { status, header, send } = response as Partial<Reply>;
  return [status, header, send].every((method) => typeof method === 'function');
}

type Headers = Readonly<Record<string, string>>;

function sendReply(reply: Reply, status: number, headers: Headers, body: unknown): void {
  reply.status(status);
  for (const [name, value] of Object.entries(headers)) reply.header(name, value);
  reply.send(body);
}

function sendNative(response: NativeResponse, status: number, headers: Headers, body: unknown): void {
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.end(JSON.stringify(body));
}
