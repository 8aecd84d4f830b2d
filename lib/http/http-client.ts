import { InvalidRequestException, UpstreamConnectionException } from '../exceptions/upstream.exceptions.js';
import { isResilienceException } from '../exceptions/resilience.exception.js';
import type { Attempt } from '../pipeline/attempt.js';
import { Problems } from '../policy/problems.js';
import type { Runtime } from '../runtime/runtime.js';
import { checkHttpOptions, requestRules } from './http.options.js';
import type { HttpLayer, HttpRequest } from './http.options.js';
import type { HttpPipelines } from './http-pipelines.js';
import { prepareRequest } from './prepare-request.js';
import { mayRepeat } from './repeatable.js';
import { acceptResponse } from './response.js';
import type { HttpResult } from './response.js';
import type { Delivery, PreparedRequest, RawResponse, Transport } from './transport.js';

const NO_OPTIONS: HttpLayer = { strategies: {}, http: {} };

/** One HTTP client: request → call → transport. It has no policy logic of its own. */
export class HttpClient {
  constructor(
    private readonly runtime: Runtime,
    private readonly clientLayer: HttpLayer,
    private readonly pipelines: HttpPipelines,
    readonly transport: Transport,
  ) {}

  /** Sends a request through retry, circuit and timeouts; bad input rejects before a byte is sent. */
  async send<T>(request: HttpRequest): Promise<HttpResult<T>> {
    const layer = readRequestLayer(request);
    const pipeline = this.pipelines.for(layer);
    const prepared = prepareRequest(request, this.clientLayer.http, layer.http);
    const delivery: Delivery = { wasSent: false };
    return (await pipeline.execute({
      self: undefined,
      args: [],
      attemptAt: 0,
      key: prepared.request.origin,
      signal: layer.http.signal,
      mayRepeat: (error) => mayRepeat(prepared.request, delivery, error),
      method: async (first) => {
        const attempt = first as Attempt;
        delivery.wasSent = false;
        const sent = withKey(prepared.request, prepared.wantsKey, attempt);
        const response = await this.exchange(sent, attempt, delivery);
        const data = acceptResponse(sent, response, prepared.options, this.runtime.clock.wallNow()) as T;
        const { status, headers } = response;
        return { status, headers, data, url: sent.url, attempts: attempt.attempt };
      },
    })) as HttpResult<T>;
  }

  private async exchange(
    request: PreparedRequest,
    attempt: Attempt,
    delivery: Delivery,
  ): Promise<RawResponse> {
    try {
      return await this.transport.send(request, attempt, delivery);
    } catch (cause) {
      if (isResilienceException(cause)) throw cause;
      throw new UpstreamConnectionException({ method: request.method, url: request.url, cause });
    }
  }
}

/** One generated key for all attempts of a call. */
function withKey(request: PreparedRequest, wantsKey: boolean, attempt: Attempt): PreparedRequest {
  if (wantsKey) request.headers['idempotency-key'] = attempt.idempotencyKey;
  return request;
}

function readRequestLayer(request: HttpRequest): HttpLayer {
  const { method, url, body, json, ...options } = request;
  void [method, url, body, json];
  if (Object.keys(options).length === 0) return NO_OPTIONS;
  const problems = new Problems();
  const layer = checkHttpOptions(requestRules, options, 'request', problems);
  const lines = problems.list.map(
    ({ path, expected, got }) => `${path}: expected ${expected}, got ${String(got)}`,
  );
  if (lines.length > 0) throw new InvalidRequestException({ reason: lines.join('; ') });
  return layer;
}
