import { Pipeline } from '../../../pipeline/pipeline.js';
import type { PipelineParts } from '../../../pipeline/pipeline-parts.js';
import { Problems } from '../../../policy/problems.js';
import type { CompilerDeps, PolicyUser } from '../../../runtime/policy-user.js';
import { renewed } from '../../../runtime/renewed-pipeline.js';
import type { Runtime } from '../../../runtime/runtime.js';
import { checkRetriesEnd } from '../../../runtime/strategy-factory.js';
import type { OwnedRequest, StrategyRequest } from '../../../runtime/strategy-request.js';
import type { Cache } from '../../../strategies/cache/cache.js';
import { circuitBreakerRules } from '../../../strategies/circuit-breaker/circuit-breaker.options.js';
import { LruMap } from '../../../strategies/lru-map.js';
import { STRATEGY_NAMES } from '../../../strategies/policy.options.js';
import type { PolicyLayer, StrategyName } from '../../../strategies/policy.options.js';
import { checkRequestOptions } from '../check-http-options.js';
import type { HttpLayer } from '../check-http-options.js';
import type { ClientLayer, RequestLayer } from '../../http.options.js';
import { isJudged } from '../../kept.options.js';
import type { PreparedRequest } from '../../transport.js';
import { checkKeys } from './check-keys.js';
import { circuitKeyOf } from './circuit-key.js';
import { throwIfAny } from './throw-if-any.js';
import { cacheKeyOf } from './options-cache-key.js';
import type { SlotFamily } from './slot-family.js';

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

/** The pipeline of requests that override strategies alike; undefined until the next one, if an update left it none. */
interface Override {
  /** Owns the states of the pipeline. */
  readonly layer: HttpLayer<RequestLayer>;
  pipeline: Pipeline | undefined;
}

/** The checked options of a client, and the slots of its connections, where they are its own. */
interface DescribedClient extends HttpLayer<ClientLayer> {
  readonly slots?: SlotFamily | undefined;
  /** Makes the part of an answer's key that a user may write: the whole URL. */
  readonly keyWritten?: (written: unknown) => unknown;
}

/** The pipelines of one client: its own, and those of requests that override a strategy. */
export class HttpPipelines implements PolicyUser {
  private current: Pipeline;
  private readonly withoutLimits = new WeakMap<Pipeline, Pipeline>();
  private readonly overrides = new LruMap<Override>({
    maxKeys: MOST_OVERRIDES,
    idleTtl: Infinity,
    mayExpire: ({ pipeline }) => !pipeline || this.isIdle(pipeline),
    onRemove: ({ layer }) => this.app.factory.withdraw(layer),
  });

  constructor(
    private readonly app: Runtime,
    private readonly name: string,
    private readonly client: DescribedClient,
    problems: Problems,
  ) {
    this.current = this.compile(app, problems);
    this.limitSlots();
    app.addPolicyUser(this);
  }

  /** The client's own pipeline. */
  get own(): Pipeline {
    return this.current;
  }

  /** All caches with answers of the client. */
  get caches(): readonly Cache[] {
    const pipelines = [this.own, ...this.overrides.values(0).map(({ pipeline }) => pipeline)];
    const all = pipelines.flatMap((pipeline) => pipeline?.parts.cache ?? []);
    return all.filter((one, index) => all.findIndex(({ space }) => space === one.space) === index);
  }

  prepareUpdate(policy: string, draft: CompilerDeps, problems: Problems): () => void {
    const overrides = this.overrides.values(0);
    const uses = ({ layer }: Override) => layer.http.policy === policy;
    if (this.client.http.policy !== policy && !overrides.some(uses)) return () => undefined;
    // a state is shared as long as options agree: it stays with those whose options do not change, so they come first
    const own = this.compile(draft, problems, this.current.parts);
    const inOrder = [...overrides.filter((one) => !uses(one)), ...overrides.filter(uses)];
    const updated = inOrder.map((override) => {
      const wrong = new Problems();
      const pipeline = this.override(draft, { ...override, own }, wrong);
      return { override, pipeline: wrong.list.length === 0 ? pipeline : undefined };
    });
    return () => {
      this.current = own;
      this.limitSlots();
      for (const { override, pipeline } of updated) this.replace(override, pipeline);
    };
  }

  renew(): void {
    this.current = renewed(this.current);
    for (const override of this.overrides.values(0)) override.pipeline &&= renewed(override.pipeline);
  }

  /**
   * The pipeline for a request with these options; the client's own unless they hold strategies.
   *
   * @throws InvalidRequestException for options that are wrong or unknown
   */
  for(options: object | undefined): Route {
    if (!options) return { own: undefined, pipeline: this.own };
    const problems = new Problems();
    const layer = checkRequestOptions(options, problems);
    throwIfAny(problems);
    const { strategies, http } = layer;
    if (http.policy === undefined && Object.keys(strategies).length === 0)
      return { own: http, pipeline: this.own };
    const cacheKey = cacheKeyOf([http.policy, strategies, isJudged(http)]);
    const override = this.overrides.obtain(cacheKey, 0, () => this.newOverride(layer));
    return { own: http, pipeline: (override.pipeline ??= this.newOverride(override.layer).pipeline) };
  }

  /** The same pipeline for a caller that keeps the time by itself. */
  untimed(pipeline: Pipeline): Pipeline {
    const known = this.withoutLimits.get(pipeline);
    if (known) return known;
    const untimed = new Pipeline({ ...pipeline.parts, timeout: undefined });
    this.withoutLimits.set(pipeline, untimed);
    return untimed;
  }

  /** The circuit's key of a request: its origin, or what the `key` option makes of it. */
  keyOf({ parts }: Pipeline, request: PreparedRequest): string {
    return circuitKeyOf(parts, request);
  }

  /** True if nothing is lost by dropping the states of a request's pipeline; the client keeps its own. */
  private isIdle({ guards }: Pipeline): boolean {
    return guards.every((guard) => this.own.guards.includes(guard) || guard.isIdle);
  }

  /** @throws InvalidRequestException for strategies that are wrong together; they hold no state */
  private newOverride(layer: HttpLayer<RequestLayer>): { layer: typeof layer; pipeline: Pipeline } {
    const problems = new Problems();
    const pipeline = this.override(this.app, { layer, own: this.own, pipeline: undefined }, problems);
    if (problems.list.length > 0) this.app.factory.withdraw(layer);
    throwIfAny(problems);
    return { layer, pipeline };
  }

  /** Takes the place of a request's pipeline; the next request reports the problem if there is none. */
  private replace(override: Override, pipeline: Pipeline | undefined): void {
    override.pipeline = pipeline;
    if (!pipeline) this.app.factory.withdraw(override.layer);
  }

  /** A request shares what it does not touch with its client, state included. */
  private override(
    app: CompilerDeps,
    { layer, own, pipeline }: Override & { readonly own: Pipeline },
    problems: Problems,
  ): Pipeline {
    const { strategies, http } = layer;
    const named =
      http.policy === undefined ? [] : app.policies.layersOf(http.policy, 'request.policy', problems);
    const layers = [...named.slice(1), strategies];
    const isTouched = (strategy: StrategyName) =>
      layers.some((one) => one[strategy] !== undefined || one.classify !== undefined);
    const what = {
      owner: layer,
      layers: [...this.layersOf(app, problems), ...layers],
      previous: pipeline?.parts,
      isJudged: isJudged(http, this.client.http),
    };
    const touched = this.strategies(app, what, STRATEGY_NAMES.filter(isTouched), problems);
    const kept = Object.entries(own.parts.inForce).filter(
      ([strategy]) => !isTouched(strategy as StrategyName),
    );
    const inForce = Object.assign(Object.create(null) as object, Object.fromEntries(kept), touched.inForce);
    const policies = [...own.parts.policies, http.policy].filter((policy) => policy !== undefined);
    const parts = { ...own.parts, ...touched, policies, inForce };
    checkKeys(this.client.http, parts, 'request', problems);
    checkRetriesEnd(parts.inForce, 'request.retry', problems);
    return new Pipeline(parts);
  }

  private compile(app: CompilerDeps, problems: Problems, previous?: PipelineParts): Pipeline {
    const layers = this.layersOf(app, problems);
    const what = { owner: this, layers, previous, isJudged: isJudged(this.client.http) };
    const parts = this.strategies(app, what, STRATEGY_NAMES, problems);
    checkKeys(this.client.http, parts, this.path, problems);
    checkRetriesEnd(parts.inForce, `${this.path}.retry`, problems);
    return new Pipeline(parts);
  }

  /** Circuits and pools of an origin are bounded alike. */
  private limitSlots(): void {
    const { maxKeys, idleTtl } = this.own.parts.circuitBreaker?.config.options ?? {
      maxKeys: circuitBreakerRules.maxKeys.fallback,
      idleTtl: circuitBreakerRules.idleTtl.fallback,
    };
    this.client.slots?.limit({ maxKeys, idleTtl });
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
    { owner, ...what }: Pick<OwnedRequest, 'owner' | 'layers' | 'previous' | 'isJudged'>,
    wanted: readonly StrategyName[],
    problems: Problems,
  ): PipelineParts {
    const { name } = this;
    const { keyWritten } = this.client;
    const own = { name, identity: this, where: name, isKeyed: true, keyWritten };
    const request: StrategyRequest = { ...what, ...own };
    const kept = this.app.isPassThrough ? wanted.filter((one) => one === 'timeout') : wanted;
    const slots = this.app.isPassThrough ? undefined : this.client.slots;
    const { policy } = this.client.http;
    const policies = policy === undefined ? [] : [policy];
    return {
      name,
      policies,
      family: { name, isListedWithCalls: true },
      deps,
      slots,
      ...factory.parts(owner, () => request, problems, kept),
    };
  }
}
