import { InvalidRequestException } from '../../exceptions/upstream.exceptions.js';
import { mergeLayers } from '../../policy/layers.js';
import { mergedRules } from '../http.options.js';
import type { ClientLayer, HttpRequest, RequestLayer, ResolvedRequestOptions } from '../http.options.js';
import { isIdempotent } from '../request/replay-safety.js';
import { encodeBody, EncodedBody, hasToBeRead } from '../request-body.js';
import type { RequestBody, SentBody } from '../request-body.js';
import { addHeaders } from '../request-headers.js';
import type { RequestHeaders, SentHeaders } from '../request-headers.js';
import { parseBase, resolveTarget } from '../request/request-url.js';
import type { ParsedBase, RequestTarget } from '../request/request-url.js';
import { bodyIsWanted } from './response.js';
import type { PreparedRequest } from '../transport.js';

/** A token (RFC 9110 §5.6.2), but for the method that asks for a tunnel in place of an answer. */
const METHOD_TOKEN = /^(?!CONNECT$)[!#$%&'*+.^_`|~\da-z-]+$/i;

/** Encodings that requests accept and the client decodes, unless the user sets Accept-Encoding. */
const ENCODINGS = 'gzip, deflate, br';

/** A client's options, worked out once for all its requests. */
export interface ClientDefaults {
  readonly layer: ClientLayer;
  /** The options of a request that brings none. */
  readonly options: ResolvedRequestOptions;
  readonly base: ParsedBase | undefined;
}

// what lives as long as a request is made by a class: from a literal V8 may learn to make all of them among the old
// objects, whose garbage is far dearer

/** A request that has passed every check, and what its options say of the answer. */
export class Prepared {
  constructor(
    readonly request: PreparedRequest,
    readonly options: ResolvedRequestOptions,
    /** True if an idempotency key is to be made. */
    readonly wantsKey: boolean,
  ) {}
}

class ReadyRequest implements PreparedRequest {
  readonly origin: string;
  readonly path: string;
  readonly url: string;
  readonly body: RequestBody;
  readonly isOnce: boolean;
  readonly maxResponseBytes: number;
  readonly decodes: boolean;
  readonly isStreamed: PreparedRequest['isStreamed'];

  constructor(
    readonly method: string,
    readonly headers: SentHeaders,
    { target, body, options }: { target: RequestTarget; body: SentBody; options: ResolvedRequestOptions },
  ) {
    this.origin = target.origin;
    this.path = target.path;
    this.url = target.shown;
    this.body = body.content;
    this.isOnce = body.isOnce ?? false;
    this.maxResponseBytes = options.maxResponseBytes;
    this.decodes = headers['accept-encoding'] === undefined;
    this.isStreamed = bodyIsWanted(options);
    if (this.decodes) headers['accept-encoding'] = ENCODINGS;
  }
}

/** The headers of both layers, with all their functions asked. */
export interface AskedHeaders {
  readonly client: RequestHeaders | undefined;
  readonly own: RequestHeaders | undefined;
}

export function clientDefaults(layer: ClientLayer): ClientDefaults {
  const base = layer.baseUrl === undefined ? undefined : parseBase(layer.baseUrl);
  return { layer, options: mergeLayers(mergedRules, [layer as RequestLayer]), base };
}

/**
 * Works out what will be sent, once for all attempts.
 *
 * @throws InvalidRequestException for whatever must not be sent
 */
export function prepareRequest(
  request: HttpRequest,
  client: ClientDefaults,
  own: RequestLayer | undefined,
  asked: AskedHeaders,
): Prepared {
  const { layer } = client;
  const options = own ? mergeLayers(mergedRules, [layer as RequestLayer, own]) : client.options;
  const method = methodOf(request.method ?? 'GET');
  const base = own?.baseUrl === undefined ? client.base : parseBase(own.baseUrl);
  const target = resolveTarget(base, request.url, layer.query, own?.query);
  const body = encodeBody(method, request.body, request.json);
  const headers = headersOf(body, target.authorization, asked, options);
  const ready = new ReadyRequest(method, headers, { target, body, options });
  return new Prepared(
    ready,
    options,
    wantsKey(method, layer, own) && headers['idempotency-key'] === undefined,
  );
}

/** A copy that stays as it is while the rest of a request is waited for; wrong ones are refused at once. */
export function writtenDown(request: HttpRequest): HttpRequest {
  const method = methodOf(request.method ?? 'GET');
  if (hasToBeRead(request.body)) return { ...request, method };
  const sent = encodeBody(method, request.body, request.json);
  const body = sent.content === undefined ? undefined : new EncodedBody(sent);
  return { ...request, method, body, json: undefined };
}

function headersOf(
  body: SentBody,
  authorization: string | undefined,
  { client, own }: AskedHeaders,
  options: ResolvedRequestOptions,
): SentHeaders {
  const headers: SentHeaders = {};
  if (body.contentType !== undefined) headers['content-type'] = body.contentType;
  if (authorization !== undefined) headers.authorization = authorization;
  addHeaders(headers, client);
  addHeaders(headers, own);
  if (typeof options.idempotencyKey === 'string') headers['idempotency-key'] = options.idempotencyKey;
  headers.accept ??= '*/*';
  // a content type without its boundary would make a form unreadable
  if (body.isTypeFixed && body.contentType !== undefined) headers['content-type'] = body.contentType;
  return headers;
}

/** `true` on a client is meant for what would not be repeatable without it. */
function wantsKey(method: string, client: ClientLayer, own: RequestLayer | undefined): boolean {
  if (own?.idempotencyKey !== undefined) return own.idempotencyKey === true;
  return client.idempotencyKey === true && !isIdempotent(method);
}

function methodOf(method: unknown): string {
  if (typeof method === 'string' && METHOD_TOKEN.test(method)) return method.toUpperCase();
  throw new InvalidRequestException({ reason: `method: expected a name such as GET, got ${String(method)}` });
}
