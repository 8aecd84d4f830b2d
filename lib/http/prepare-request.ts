import { InvalidRequestException } from '../exceptions/upstream.exceptions.js';
import { mergeLayers } from '../policy/layers.js';
import type { Layer } from '../policy/rule.js';
import { requestRules } from './http.options.js';
import type { HttpRequest, ResolvedRequestOptions } from './http.options.js';
import { encodeBody } from './request-body.js';
import { mergeHeaders } from './request-headers.js';
import type { SentHeaders } from './request-headers.js';
import { resolveTarget } from './request-url.js';
import type { PreparedRequest } from './transport.js';

type HttpOptionsLayer = Layer<typeof requestRules>;

const TOKEN = /^[!#$%&'*+.^_`|~\dA-Za-z-]+$/;

/** A request that has passed every check, and what its options say of the answer. */
export interface Prepared {
  readonly request: PreparedRequest;
  readonly options: ResolvedRequestOptions;
  /** True if an idempotency key is to be made. */
  readonly wantsKey: boolean;
}

/**
 * Works out what will be sent, once for all attempts.
 *
 * @throws InvalidRequestException for whatever must not be sent
 */
export function prepareRequest(
  request: HttpRequest,
  client: HttpOptionsLayer,
  own: HttpOptionsLayer,
): Prepared {
  const options = mergeLayers(requestRules, [client, own]);
  const method = methodOf(request.method ?? 'GET');
  const target = resolveTarget(options.baseUrl, request.url, [client.query, own.query]);
  const body = encodeBody(method, request.body, request.json);
  const key =
    typeof options.idempotencyKey === 'string' ? { 'idempotency-key': options.idempotencyKey } : undefined;
  const defaults = { 'content-type': body.contentType, authorization: target.authorization };
  const headers: SentHeaders = mergeHeaders([defaults, client.headers, own.headers, key]);
  const { origin, path, shown: url } = target;
  return {
    request: {
      method,
      origin,
      path,
      url,
      headers,
      body: body.content,
      maxResponseBytes: options.maxResponseBytes,
    },
    options,
    wantsKey: options.idempotencyKey === true && headers['idempotency-key'] === undefined,
  };
}

function methodOf(method: unknown): string {
  if (typeof method === 'string' && TOKEN.test(method)) return method.toUpperCase();
  throw new InvalidRequestException({ reason: `method: expected a name such as GET, got ${String(method)}` });
}
