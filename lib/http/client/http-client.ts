import type { Pipeline } from '../../pipeline/pipeline.js';
import { isJudged } from '../kept.options.js';
import { boundedDelay, parseServerDelay } from '../../policy/server-delay.js';
import { retryRules } from '../../strategies/retry/retry.options.js';
import type { HttpRequest, RequestLayer } from '../http.options.js';
import { requestOf } from './prepare/sent-request.js';
import type { SentRequest } from './prepare/sent-request.js';
import { BEFORE_CHOICE } from '../endpoints/endpoint-source.js';
import { EndpointRoute } from './call/endpoint-route.js';
import type { CallEndpoints } from './call/endpoint-route.js';
import { PLAIN_CALL } from './call/call-form.js';
import { HttpCall } from './call/http-call.js';
import type { CallDeps } from './call/call-deps.js';
import type { RawRequestOptions } from './prepare/raw-request.js';
import type { RawResponse } from './answer/raw-response.js';
import type { HttpPipelines } from './pipelines/http-pipelines.js';
import { ClientAnswers } from './answer/client-answers.js';
import { cacheSemantics } from './answer/headers/load-cache-semantics.js';
import { clientDefaults } from './client-defaults.js';
import { prepareRequest } from './prepare/prepare-request.js';
import type { RequestWay } from './prepare/request-place.js';
import type { ClientDefaults } from './client-defaults.js';
import type { Prepared } from './prepare/prepare-request.js';
import { writeQuery } from '../request/query.js';
import { isAbsolute } from '../request/request-url.js';
import type { HttpTransport, PreparedRequest } from '../transport.js';
import { isFollowed } from './answer/redirect.js';
import type { HttpResult } from './answer/response.js';

/** The parts of a client. */
export interface HttpClientParts extends Pick<CallDeps, 'transport' | 'pace' | 'slots'> {
  readonly wallNow: () => number;
  readonly defaults: ClientDefaults;
  readonly pipelines: HttpPipelines;
  /** Loads what the transport needs; undefined if there is nothing to wait for. */
  readonly ready?: (() => Promise<void> | undefined) | undefined;
}

/** A request whose options have been checked. */
interface CheckedRequest {
  readonly request: SentRequest;
  readonly own: RequestLayer | undefined;
  readonly pipeline: Pipeline;
  /** Set if the answer is wanted as it is, whatever its status. */
  readonly raw?: RawRequestOptions | undefined;
}

/** One HTTP client: request → call → transport. It has no policy logic of its own. */
export class HttpClient {
  private readonly deps: CallDeps;
  private readonly overridden = new WeakMap<Pipeline, CallDeps>();
  private readonly answers: ClientAnswers;
  /** The way of requests to their places. */
  private readonly way: RequestWay;

  constructor(private readonly parts: HttpClientParts) {
    this.answers = new ClientAnswers(parts);
    this.deps = this.depsOf(() => parts.pipelines.own);
    this.way = { mayLeave: false, base: parts.defaults.endpoints && BEFORE_CHOICE };
  }

  /** Sends a request through retry, circuit and timeouts; bad input rejects before a byte is sent. */
  send<T>(request: SentRequest): Promise<HttpResult<T>> {
    return this.start(request) as Promise<HttpResult<T>>;
  }

  /** Like {@link send}, but the last answer is the result whatever its status, and its body is left unread. */
  sendRaw(request: HttpRequest, raw: RawRequestOptions = {}): Promise<RawResponse> {
    const { maxRedirects = this.parts.defaults.layer.maxRedirects ?? raw.maxRedirects } = request;
    return this.start(
      requestOf({ ...request, maxRedirects, responseType: 'stream' }),
      raw,
    ) as Promise<RawResponse>;
  }

  /** True if a relative URL has something to be joined with. */
  get hasBaseUrl(): boolean {
    const { base, endpoints } = this.parts.defaults;
    return (base ?? endpoints) !== undefined;
  }

  /** The same strategies for requests that another transport sends, without this client's own defaults. */
  over(transport: HttpTransport): HttpClient {
    const { idle, kept } = this.parts.defaults.layer;
    const own = { ...(idle !== undefined && { idle }), ...(kept && { kept }) };
    const defaults = clientDefaults({ maxRedirects: 0, ...own });
    return new HttpClient({ ...this.parts, transport, ready: undefined, slots: undefined, defaults });
  }

  /** Loads what the next request needs, before its time runs; undefined if there is nothing to wait for. */
  ready(): Promise<void> | undefined {
    return this.parts.ready?.();
  }

  /** Loads what judges answers, if the client keeps them by their headers. */
  readyToJudge(): Promise<void> | undefined {
    return isJudged(this.parts.defaults.options) ? cacheSemantics.load() : undefined;
  }

  /** Has the endpoints looked up, if a function finds them; nothing waits for it. */
  lookUpEndpoints(): void {
    this.parts.defaults.endpoints?.start();
  }

  /** Lets go of all connections. */
  async close(): Promise<void> {
    await this.parts.transport.close?.();
  }

  private start(request: SentRequest, raw?: RawRequestOptions): Promise<HttpResult> {
    try {
      const { pipelines } = this.parts;
      const { own, pipeline: timed } = pipelines.for(request.options);
      const pipeline = raw?.isUntimed ? pipelines.untimed(timed) : timed;
      // what a caller changes from here on is not sent
      const call = this.callOf({ request, own, pipeline, raw });
      const loading = this.answers.readyFor(call.answers, this.ready());
      return loading ? loading.then(() => run(pipeline, call)) : run(pipeline, call);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  private depsOf(pipeline: () => Pipeline): CallDeps {
    const { pipelines, transport, pace, slots, wallNow, defaults } = this.parts;
    const { endpoints } = defaults;
    return {
      slots,
      transport,
      pace,
      timing: () => pipeline().deps,
      figures: () => pipeline().figures,
      shutdown: pipeline().deps.shutdown,
      now: () => pipeline().deps.clock.now(),
      outdate: (reads) => this.answers.outdate(reads),
      keyOf: (sent) => pipelines.keyOf(pipeline(), sent),
      isKeyedByOrigin: () => pipeline().parts.circuitBreaker?.config.options.key === undefined,
      askedDelayOf: (answer) =>
        pipeline().parts.retry?.options.respectRetryAfter === false
          ? undefined
          : parseServerDelay(answer, wallNow()),
      endpointOf: endpoints && ((origin) => endpoints.endpointOf(origin)),
      retryAfterOf: (response) =>
        boundedDelay(parseServerDelay(response, wallNow()), longestWait(pipeline())),
    };
  }

  /** The parts of calls that override a strategy: such a pipeline serves all requests that do so alike. */
  private depsOver(pipeline: Pipeline): CallDeps {
    const known = this.overridden.get(pipeline);
    if (known) return known;
    const deps = this.depsOf(() => pipeline);
    this.overridden.set(pipeline, deps);
    return deps;
  }

  private callOf({ request, own, pipeline, raw }: CheckedRequest): HttpCall {
    const deps = pipeline === this.parts.pipelines.own ? this.deps : this.depsOver(pipeline);
    const endpoints = this.endpointsFor(request.url, own);
    const checked = this.prepared(request, own, raw);
    const isRaw = raw !== undefined;
    const kept = !isRaw && pipeline.keepsAnswers ? this.answers.keptOf(checked, pipeline.parts) : undefined;
    const prepared = kept ? kept.prepared : checked;
    const destinations = endpoints && new EndpointRoute(prepared, deps, endpoints);
    const form = isRaw || kept || destinations ? { isRaw, kept, destinations } : PLAIN_CALL;
    return new HttpCall(prepared, deps, own?.signal, form);
  }

  private prepared(
    request: SentRequest,
    own: RequestLayer | undefined,
    raw: RawRequestOptions | undefined,
  ): Prepared {
    const { defaults } = this.parts;
    if (!raw) return prepareRequest(request, defaults, own, this.way);
    const way = { ...this.way, mayLeave: raw.allowAbsoluteUrls === true };
    return rawRequest(prepareRequest(request, defaults, own, way), raw);
  }

  /** The endpoints for a call with a relative URL, where the client has some. */
  private endpointsFor(url: unknown, own: RequestLayer | undefined): CallEndpoints | undefined {
    const { layer, options, endpoints: source } = this.parts.defaults;
    if (!source || own?.baseUrl !== undefined || typeof url !== 'string' || isAbsolute(url)) return undefined;
    const query = writeQuery(layer.query, own?.query, own?.queryStyle ?? options.queryStyle);
    return { source, url, query };
  }
}

/** The same request for a caller that wants the answer as it is. */
function rawRequest(prepared: Prepared, raw: RawRequestOptions): Prepared {
  const isStreamed: PreparedRequest['isStreamed'] = (status, headers) =>
    !isFollowed(prepared.options, { status, headers });
  const { decodes = prepared.request.decodes, method = prepared.request.method, dispatcher } = raw;
  return { ...prepared, request: { ...prepared.request, isStreamed, decodes, method, dispatcher } };
}

/** The longest wait that a server may ask for, in milliseconds. */
function longestWait({ parts }: Pipeline): number {
  return parts.retry?.options.maxRetryAfter ?? retryRules.maxRetryAfter.fallback;
}

function run(pipeline: Pipeline, call: HttpCall): Promise<HttpResult> {
  const running = pipeline.execute(call) as Promise<HttpResult>;
  return call.holdsSomething ? running.catch((error: unknown) => endOf(call, error)) : running;
}

/** A call that did not succeed leaves nothing open, unless its answer is what was wanted. */
function endOf(call: HttpCall, error: unknown): HttpResult {
  const answer = call.answerBehind(error);
  if (answer) return answer;
  call.abandon();
  throw error;
}
