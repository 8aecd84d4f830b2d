import { InvalidRequestException } from '../../exceptions/upstream.exceptions.js';
import { Pipeline } from '../../pipeline/pipeline.js';
import type { PipelineParts } from '../../pipeline/pipeline-parts.js';
import { Problems } from '../../policy/problems.js';
import type { CompilerDeps, PolicyUser } from '../../runtime/policy-user.js';
import type { Runtime } from '../../runtime/runtime.js';
import { checkRetriesEnd } from '../../runtime/strategy-factory.js';
import type { StrategyRequest } from '../../runtime/strategy-request.js';
import type { GuardFamily } from '../../strategies/guard.js';
import { LruMap } from '../../strategies/lru-map.js';
import { STRATEGY_NAMES } from '../../strategies/policy.options.js';
import type { PolicyLayer, StrategyName } from '../../strategies/policy.options.js';
import { checkRequestOptions } from './check-http-options.js';
import type { HttpLayer } from './check-http-options.js';
import type { ClientLayer, HttpRequest, RequestLayer } from '../http.options.js';
import type { PreparedRequest } from '../transport.js';
import { optionsOf, cacheKeyOf } from './options-cache-key.js';

/** The defaults of every HTTP client: both timeouts, retries, and a circuit per origin. */
const BUILT_IN: PolicyLayer = {
  timeout: { attempt: 10_000, total: 30_000 },
  retry: {},
  circuitBreaker: { failureRate: 0.5, minimumCalls: 20, window: 30_000, recoveryTimeout: 15_000 },
};

/** Overrides that requests have used before; a new one is compiled, which is only slower. */
const MOST_OVERRIDES = 100;

/** A request's checked options and the pipeline that they ask for. */
export interface Route {
  readonly own: RequestLayer | undefined;
  readonly pipeline: Pipeline;
}

/** The pipelines of one client: its own, and those of requests that override a strategy. */
export class HttpPipelines implements PolicyUser {
  private current: Pipeline;
  private overrides = newOverrides();

  constructor(
    private readonly app: Runtime,
    private readonly name: string,
    private readonly client: HttpLayer<ClientLayer>,
    problems: Problems,
  ) {
    this.current = this.compile(app, problems);
    app.addPolicyUser(this);
  }

  /** The client's own pipeline. */
  get own(): Pipeline {
    return this.current;
  }

  guards(): Iterable<GuardFamily> {
    return this.own.guards;
  }

  prepareUpdate(policy: string, draft: CompilerDeps, problems: Problems): () => void {
    const isMine = this.client.http.policy === policy;
    const own = isMine ? this.compile(draft, problems, this.current.parts) : this.current;
    return () => {
      this.current = own;
      // requests may name the policy too
      this.overrides = newOverrides();
    };
  }

  /**
   * The pipeline for a request; the client's own unless the request brings strategies.
   *
   * @throws InvalidRequestException for options that are wrong or unknown
   */
  for(request: HttpRequest): Route {
    const options = optionsOf(request);
    if (!options) return { own: undefined, pipeline: this.own };
    const problems = new Problems();
    const layer = checkRequestOptions(options, problems);
    throwIfAny(problems);
    const { strategies, http } = layer;
    if (http.policy === undefined && Object.keys(strategies).length === 0)
      return { own: http, pipeline: this.own };
    const cacheKey = cacheKeyOf([http.policy, strategies]);
    return { own: http, pipeline: this.overrides.obtain(cacheKey, 0, () => this.override(layer)) };
  }

  /** The circuit's key of a request: its origin, or what the `key` option makes of it. */
  keyOf({ parts }: Pipeline, { method, origin, path, headers }: PreparedRequest): string {
    const key = parts.circuitBreaker?.config.options.key as ((request: object) => unknown) | undefined;
    if (!key) return origin;
    try {
      return String(key({ method, url: new URL(origin + path), headers }));
    } catch (cause) {
      throw new InvalidRequestException({ reason: 'circuitBreaker.key has thrown', cause });
    }
  }

  /** A request shares what it does not touch with its client, state included. */
  private override({ strategies, http }: HttpLayer<RequestLayer>): Pipeline {
    const problems = new Problems();
    const named =
      http.policy === undefined ? [] : this.app.policies.layersOf(http.policy, 'request.policy', problems);
    const layers = [...named.slice(1), strategies];
    const isTouched = (strategy: StrategyName) =>
      layers.some((layer) => layer[strategy] !== undefined || layer.classify !== undefined);
    const all = [...this.layersOf(this.app, problems), ...layers];
    const touched = this.strategies(this.app, { layers: all }, STRATEGY_NAMES.filter(isTouched), problems);
    throwIfAny(problems);
    const { own } = this;
    const parts = {
      ...own.parts,
      ...touched,
      inForce: Object.assign(Object.create(null) as object, own.parts.inForce, touched.inForce),
    };
    checkRetriesEnd(parts.inForce, 'request.retry', problems);
    throwIfAny(problems);
    return new Pipeline(parts);
  }

  private compile(app: CompilerDeps, problems: Problems, previous?: PipelineParts): Pipeline {
    const layers = this.layersOf(app, problems);
    const parts = this.strategies(app, { layers, previous }, STRATEGY_NAMES, problems);
    checkRetriesEnd(parts.inForce, `${this.path}.retry`, problems);
    return new Pipeline(parts);
  }

  /** The place of the client's options. */
  private get path(): string {
    return this.name === 'http' ? this.name : `clients.${this.name}`;
  }

  private layersOf({ policies }: CompilerDeps, problems: Problems): readonly PolicyLayer[] {
    const { http, strategies } = this.client;
    return [BUILT_IN, ...policies.layersOf(http.policy, `${this.path}.policy`, problems), strategies];
  }

  private strategies(
    { deps, factory }: CompilerDeps,
    what: Pick<StrategyRequest, 'layers'> & Partial<Pick<StrategyRequest, 'previous'>>,
    wanted: readonly StrategyName[],
    problems: Problems,
  ): PipelineParts {
    const { name } = this;
    const request: StrategyRequest = { ...what, name, identity: this, where: name, isKeyed: true };
    const kept = this.app.isPassThrough ? wanted.filter((one) => one === 'timeout') : wanted;
    return { name, family: { name }, deps, ...factory.parts(() => request, problems, kept) };
  }
}

function newOverrides(): LruMap<Pipeline> {
  return new LruMap({ maxKeys: MOST_OVERRIDES, idleTtl: Infinity, mayExpire: () => true });
}

function throwIfAny({ list }: Problems): void {
  if (list.length === 0) return;
  const lines = list.map(({ path, expected, got }) => `${path}: expected ${expected}, got ${String(got)}`);
  throw new InvalidRequestException({ reason: lines.join('; ') });
}
