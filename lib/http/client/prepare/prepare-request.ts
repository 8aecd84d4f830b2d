import { InvalidRequestException } from '../../../exceptions/upstream.exceptions.js';
import { overlay } from '../../../policy/layers.js';
import { mergedRules } from '../../http.options.js';
import type { ClientLayer, RequestLayer, ResolvedRequestOptions } from '../../http.options.js';
import { writeQuery } from '../../request/query.js';
import { isIdempotent } from '../../request/replay-safety.js';
import { encodeBody } from '../../request-body.js';
import type { RequestBody, SentBody } from '../../request-body.js';
import { addHeaders } from '../../request-headers.js';
import type { AskedHeader, RequestHeaders, SentHeaders } from '../../request-headers.js';
import { isAbsolute, withQuery } from '../../request/request-url.js';
import type { RequestTarget } from '../../request/request-url.js';
import { USER_AGENT } from '../../user-agent.js';
import type { PreparedRequest, UndiciDispatcher } from '../../transport.js';
import type { Auth } from '../auth.js';
import type { SentRequest } from './sent-request.js';
import { bodySource } from './body-source.js';
import type { BodySource } from './body-source.js';
import type { OnRequest, OnResponse } from '../hooks.js';
import type { ClientDefaults } from '../client-defaults.js';
import { placeOf } from './request-place.js';
import type { RequestWay } from './request-place.js';
import { isPublicHeader } from '../answer/redirect.js';
import { bodyIsWanted } from '../answer/response.js';

/** A token (RFC 9110 §5.6.2), but for the method that asks for a tunnel in place of an answer. */
const METHOD_TOKEN = /^(?!CONNECT$)[!#$%&'*+.^_`|~\da-z-]+$/i;

/** Methods that need no check. */
const COMMON_METHODS: ReadonlySet<unknown> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD']);

/** Encodings that requests accept and the client decodes, unless the user sets Accept-Encoding. */
const ENCODINGS = 'gzip, deflate, br';

/** The parts of a request that are made for each attempt. */
export interface PerAttempt {
  readonly asked: readonly AskedHeader[];
  readonly auth: Auth | undefined;
  readonly body: BodySource | undefined;
  readonly onRequest: OnRequest | undefined;
  readonly onResponse: OnResponse | undefined;
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
    /** Undefined if all attempts send the same. */
    readonly perAttempt: PerAttempt | undefined,
  ) {}
}

interface RequestParts {
  readonly target: RequestTarget;
  readonly body: SentBody;
  readonly options: ResolvedRequestOptions;
  readonly isForeign: boolean;
}

class ReadyRequest implements PreparedRequest {
  readonly origin: string;
  readonly path: string;
  readonly url: string;
  readonly body: RequestBody;
  readonly isOnce: boolean;
  readonly maxResponseBytes: number;
  readonly decodes: boolean;
  readonly isForeign: boolean;
  // own properties: a polluted `Object.prototype` gives none of them
  readonly dispatcher: UndiciDispatcher | undefined = undefined;
  readonly wantsNewConnection: boolean = false;
  readonly isStreamed: PreparedRequest['isStreamed'];

  constructor(
    readonly method: string,
    readonly headers: SentHeaders,
    { target, body, options, isForeign }: RequestParts,
  ) {
    this.origin = target.origin;
    this.path = target.path;
    this.url = target.shown;
    this.body = body.content;
    this.isOnce = body.isOnce ?? false;
    this.maxResponseBytes = options.maxResponseBytes;
    this.decodes = headers['accept-encoding'] === undefined;
    this.isForeign = isForeign;
    this.isStreamed = bodyIsWanted(options);
    if (this.decodes) headers['accept-encoding'] = ENCODINGS;
  }
}

/**
 * Works out what will be sent, as far as it is the same for all attempts.
 *
 * @throws InvalidRequestException for whatever must not be sent
 */
export function prepareRequest(
  request: SentRequest,
  client: ClientDefaults,
  own: RequestLayer | undefined,
  way: RequestWay,
): Prepared {
  const options = own ? overlay(mergedRules, client.options, own) : client.options;
  const method = methodOf(request.method);
  const { place, isForeign } = placeOf(request.url, client, own, way);
  const layer = isForeign ? foreignLayer(client.layer) : client.layer;
  const target = withQuery(place, writeQuery(layer.query, own?.query, options.queryStyle));
  const source = bodySource(method, request);
  const body = source ? NO_BODY : encodeBody(method, request.body, request.json);
  const headers: SentHeaders = { 'user-agent': USER_AGENT, accept: '*/*' };
  const asked = addLayers(headers, {
    body,
    target,
    isForeign,
    client: client.layer.headers,
    own: own?.headers,
  });
  const auth = isForeign || bringsAuthorization(request.url, target, own) ? undefined : client.auth;
  const makesKey = addKey(headers, method, layer, own);
  return new Prepared(
    new ReadyRequest(method, headers, { target, body, options, isForeign }),
    options,
    makesKey,
    perAttemptOf(client.layer, asked, source, auth),
  );
}

const NO_BODY: SentBody = { content: undefined };

/** The options of a client for another origin: neither its query nor its key. */
function foreignLayer({ query: _query, idempotencyKey: _key, ...layer }: ClientLayer): ClientLayer {
  return layer;
}

interface HeaderLayers {
  readonly body: SentBody;
  readonly target: RequestTarget;
  readonly isForeign: boolean;
  readonly client: RequestHeaders | undefined;
  readonly own: RequestHeaders | undefined;
}

function addLayers(
  headers: SentHeaders,
  { body, target, isForeign, client, own }: HeaderLayers,
): readonly AskedHeader[] {
  if (body.contentType !== undefined) headers['content-type'] = body.contentType;
  if (target.authorization !== undefined) headers.authorization = target.authorization;
  const asked = addHeaders(headers, client, undefined, isForeign ? isPublicHeader : undefined);
  const all = addHeaders(headers, own, asked);
  // a content type without its boundary would make a form unreadable
  if (body.isTypeFixed && body.contentType !== undefined) headers['content-type'] = body.contentType;
  return all;
}

/** True if a request has an authorization of its own, which wins over the client's `auth`. */
function bringsAuthorization(url: unknown, target: RequestTarget, own: RequestLayer | undefined): boolean {
  if (target.authorization !== undefined && isAbsolute(url)) return true;
  const { headers = {} } = own ?? {};
  return Object.entries(headers).some(
    ([name, value]) =>
      value !== undefined && typeof value !== 'function' && name.toLowerCase() === 'authorization',
  );
}

function perAttemptOf(
  { onRequest, onResponse }: ClientLayer,
  asked: readonly AskedHeader[],
  body: BodySource | undefined,
  auth: Auth | undefined,
): PerAttempt | undefined {
  const isSame = asked.length === 0 && !body && !auth && !onRequest && !onResponse;
  return isSame ? undefined : { asked, auth, body, onRequest, onResponse };
}

/** Adds the key that is given; true if one is to be made. */
function addKey(
  headers: SentHeaders,
  method: string,
  client: ClientLayer,
  own: RequestLayer | undefined,
): boolean {
  const key = own?.idempotencyKey ?? client.idempotencyKey;
  if (typeof key === 'string') headers['idempotency-key'] = key;
  // `true` on a client is meant for what would not be repeatable without it
  const isWanted = key === true && (own?.idempotencyKey === true || !isIdempotent(method));
  return isWanted && headers['idempotency-key'] === undefined;
}

function methodOf(method: unknown): string {
  if (COMMON_METHODS.has(method)) return method as string;
  if (typeof method === 'string' && METHOD_TOKEN.test(method)) return method.toUpperCase();
  throw new InvalidRequestException({ reason: `method: expected a name such as GET, got ${String(method)}` });
}
