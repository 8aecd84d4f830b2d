import { Pipeline } from '../../pipeline/pipeline.js';
import { withoutStrategies } from '../../pipeline/pipeline-parts.js';
import type { CallReport } from '../../pipeline/settle.js';
import { boundedDelay, parseServerDelay } from '../../policy/server-delay.js';
import { retryRules } from '../../strategies/retry/retry.options.js';
import type { HttpRequest, RequestLayer } from '../http.options.js';
import { HttpCall } from './http-call.js';
import type { CallDeps } from './http-call.js';
import type { RawRequestOptions } from './raw-request.js';
import type { RawResponse } from './raw-response.js';
import type { HttpPipelines } from './http-pipelines.js';
import { clientDefaults, prepareRequest, writtenDown } from './prepare-request.js';
import type { AskedHeaders, ClientDefaults } from './prepare-request.js';
import type { HttpTransport, PreparedRequest } from '../transport.js';
import { isRedirect } from './redirect.js';
import { hasToBeRead, readBody } from '../request-body.js';
import { askHeaders, hasFunctions } from '../request-headers.js';
import type { HttpResult } from './response.js';

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
  readonly request: HttpRequest;
  readonly own: RequestLayer | undefined;
  readonly pipeline: Pipeline;
  /** Set if the answer is wanted as it is, whatever its status. */
  readonly raw?: RawRequestOptions | undefined;
  /** When it began, if something had to be waited for since. */
  readonly startedAt?: number;
}

/** One HTTP client: request → call → transport. It has no policy logic of its own. */
export class HttpClient {
  private readonly hasFunctions: boolean;
  private readonly deps: CallDeps;

  constructor(private readonly parts: HttpClientParts) {
    this.hasFunctions = hasFunctions(parts.defaults.layer.headers);
    this.deps = this.depsOf(() => parts.pipelines.own);
  }

  /** Sends a request through retry, circuit and timeouts; bad input rejects before a byte is sent. */
  send<T>(request: HttpRequest): Promise<HttpResult<T>> {
    return this.start(request) as Promise<HttpResult<T>>;
  }

  /** Like {@link send}, but the last answer is the result whatever its status, and its body is left unread. */
  sendRaw(request: HttpRequest, raw: RawRequestOptions = {}): Promise<RawResponse> {
    const { maxRedirects = this.parts.defaults.layer.maxRedirects ?? raw.maxRedirects } = request;
    return this.start({ ...request, maxRedirects, responseType: 'stream' }, raw) as Promise<RawResponse>;
  }

  /** True if a relative URL has something to be joined with. */
  get hasBaseUrl(): boolean {
    return this.parts.defaults.base !== undefined;
  }

  /** The same strategies for requests that another transport sends, without this client's own defaults. */
  over(transport: HttpTransport): HttpClient {
    const { idle } = this.parts.defaults.layer;
    const defaults = clientDefaults({ maxRedirects: 0, ...(idle !== undefined && { idle }) });
    return new HttpClient({ ...this.parts, transport, ready: undefined, slots: undefined, defaults });
  }

  /** Loads what the next request needs, before its time runs; undefined if there is nothing to wait for. */
  ready(): Promise<void> | undefined {
    return this.parts.ready?.();
  }

  /** Lets go of all connections. */
  async close(): Promise<void> {
    await this.parts.transport.close?.();
  }

  private start(request: HttpRequest, raw?: RawRequestOptions): Promise<HttpResult> {
    try {
      const { pipelines } = this.parts;
      const { own, pipeline: timed } = pipelines.for(request);
      const pipeline = raw?.isUntimed ? pipelines.untimed(timed) : timed;
      const loading = this.ready();
      if (loading) {
        const written = writtenDown(request);
        return loading.then(() => this.begin({ request: written, own, pipeline, raw }));
      }
      return this.begin({ request, own, pipeline, raw });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  private begin(checked: CheckedRequest): Promise<HttpResult> {
    const { request, own } = checked;
    if (this.hasFunctions || hasFunctions(own?.headers) || hasToBeRead(request.body))
      return this.complete(checked);
    return this.run(checked, { client: this.parts.defaults.layer.headers, own: own?.headers });
  }

  /** Asks for what has to be waited for, within the limits of the call: headers that are functions, the bytes of a form or a `Blob`. */
  private async complete(checked: CheckedRequest): Promise<HttpResult> {
    const { pipeline } = checked;
    const request = writtenDown(checked.request);
    const own = checked.own && { ...checked.own, query: checked.own.query && { ...checked.own.query } };
    const { headers } = this.parts.defaults.layer;
    const method = async () => {
      const [client, mine, body] = await Promise.all([
        headers && askHeaders(headers),
        own?.headers && askHeaders(own.headers),
        hasToBeRead(request.body) ? readBody(request.body) : request.body,
      ]);
      return { client, own: mine, body };
    };
    const startedAt = pipeline.deps.clock.now();
    // a report that is not read: the call itself is settled once, at its own end
    const report: CallReport = { attempts: 0, outcome: 'success' };
    const task = { method, self: undefined, args: [], attemptAt: 0, signal: own?.signal, startedAt, report };
    const { body, ...asked } = (await preparation(pipeline).execute(task)) as Awaited<
      ReturnType<typeof method>
    >;
    return this.run({ ...checked, own, request: { ...request, body }, startedAt }, asked);
  }

  private run(checked: CheckedRequest, asked: AskedHeaders): Promise<HttpResult> {
    const call = this.callOf(checked, asked);
    if (checked.startedAt !== undefined) call.startedAt = checked.startedAt;
    const running = checked.pipeline.execute(call) as Promise<HttpResult>;
    return call.holdsSomething ? running.catch((error: unknown) => endOf(call, error)) : running;
  }

  private depsOf(pipeline: () => Pipeline): CallDeps {
    const { pipelines, transport, pace, slots, wallNow } = this.parts;
    return {
      slots,
      transport,
      pace,
      timing: () => pipeline().deps,
      shutdown: pipeline().deps.shutdown,
      keyOf: (sent) => pipelines.keyOf(pipeline(), sent),
      retryAfterOf: (response) =>
        boundedDelay(parseServerDelay(response, wallNow()), longestWait(pipeline())),
    };
  }

  private callOf({ request, own, pipeline, raw }: CheckedRequest, asked: AskedHeaders): HttpCall {
    const prepared = prepareRequest(request, this.parts.defaults, own, asked);
    const deps = pipeline === this.parts.pipelines.own ? this.deps : this.depsOf(() => pipeline);
    if (!raw) return new HttpCall(prepared, deps, own?.signal);
    const followed = prepared.options.maxRedirects > 0;
    const isStreamed: PreparedRequest['isStreamed'] = (status, headers) =>
      !(followed && isRedirect(status, headers));
    const { decodes = prepared.request.decodes, method = prepared.request.method, dispatcher } = raw;
    const sent = { ...prepared.request, isStreamed, decodes, method, dispatcher };
    return new HttpCall({ ...prepared, request: sent }, deps, own?.signal, true);
  }
}

/** The longest wait that a server may ask for, in milliseconds. */
function longestWait({ parts }: Pipeline): number {
  return parts.retry?.options.maxRetryAfter ?? retryRules.maxRetryAfter.fallback;
}

/** A call that did not succeed leaves nothing open, unless its answer is what was wanted. */
function endOf(call: HttpCall, error: unknown): HttpResult {
  const answer = call.answerBehind(error);
  if (answer) return answer;
  call.abandon();
  throw error;
}

/**
 * Makes the pipeline of the steps before a call: they keep its total timeout, its signal and the application's end, and
 * are no attempt of it.
 */
function preparation({ parts }: Pipeline): Pipeline {
  const { name, deps, timeout } = parts;
  const total = timeout && { ...timeout, attempt: undefined };
  return new Pipeline({ ...withoutStrategies(name, deps), timeout: total });
}
