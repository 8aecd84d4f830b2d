import { InvalidRequestException } from '../exceptions/upstream.exceptions.js';
import { Pipeline } from '../pipeline/pipeline.js';
import type { PipelineParts } from '../pipeline/pipeline-parts.js';
import { Problems } from '../policy/problems.js';
import type { Runtime } from '../runtime/runtime.js';
import { LruMap } from '../strategies/lru-map.js';
import type { PolicyLayer, StrategyName } from '../strategies/policy.options.js';
import { checkRequestOptions } from './http.options.js';
import type { ClientLayer, HttpLayer, HttpRequest, RequestLayer } from './http.options.js';
import type { PreparedRequest } from './transport.js';
import { shapeOf } from './request-shape.js';

/** What an HTTP client does without being told: both timeouts, retries, and a circuit per origin. */
const BUILT_IN: PolicyLayer = {
  timeout: { attempt: 10_000, total: 30_000 },
  retry: {},
  circuitBreaker: { failureRate: 0.5, minimumCalls: 20, window: 30_000, recoveryTimeout: 15_000 },
};

const ALL: readonly StrategyName[] = ['timeout', 'retry', 'circuitBreaker'];
const PARTS_OF_A_REQUEST: ReadonlySet<string> = new Set(['method', 'url', 'body', 'json']);

/** Overrides that requests have used before; a new one is compiled, which is only slower. */
const MOST_SHAPES = 100;

/** A request's checked options and the pipeline that they ask for. */
export interface Route {
  readonly own: RequestLayer | undefined;
  readonly pipeline: Pipeline;
}

/** The pipelines of one client: its own, and those of requests that override a strategy. */
export class HttpPipelines {
  readonly own: Pipeline;
  private readonly layers: readonly PolicyLayer[];
  private readonly shapes = new LruMap<Pipeline>({
    maxKeys: MOST_SHAPES,
    idleTtl: Infinity,
    mayExpire: () => true,
  });

  constructor(
    private readonly app: Runtime,
    private readonly name: string,
    client: HttpLayer<ClientLayer>,
    problems: Problems,
  ) {
    const path = name === 'http' ? name : `clients.${name}`;
    const policy = app.policies.layersOf(client.http.policy, `${path}.policy`, problems);
    this.layers = [BUILT_IN, ...policy, client.strategies];
    this.own = new Pipeline(this.strategies(this.layers, ALL, problems));
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
    const shape = shapeOf([http.policy, strategies]);
    return { own: http, pipeline: this.shapes.obtain(shape, 0, () => this.override(layer)) };
  }

  /** The circuit's key of a request: its origin, or what the `key` option makes of it. */
  keyOf({ parts }: Pipeline, { method, origin, path, headers }: PreparedRequest): string {
    const key = parts.circuits?.plan.options.key as ((request: object) => unknown) | undefined;
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
    const touched = this.strategies([...this.layers, ...layers], ALL.filter(isTouched), problems);
    throwIfAny(problems);
    return new Pipeline({ ...this.own.parts, ...touched });
  }

  private strategies(
    layers: readonly PolicyLayer[],
    wanted: readonly StrategyName[],
    problems: Problems,
  ): PipelineParts {
    const { app, name } = this;
    const order = { layers, name, identity: this, where: name, isKeyed: true };
    return {
      name,
      tools: app.tools,
      ...(wanted.includes('timeout') && { timeout: app.workshop.timeout(order) }),
      ...(wanted.includes('retry') && { retry: app.workshop.retry(order, problems) }),
      ...(wanted.includes('circuitBreaker') && { circuits: app.workshop.circuits(order, problems) }),
    };
  }
}

function optionsOf(request: HttpRequest): object | undefined {
  let options: Record<string, unknown> | undefined;
  for (const [key, value] of Object.entries(request)) {
    if (value !== undefined && !PARTS_OF_A_REQUEST.has(key)) (options ??= {})[key] = value;
  }
  return options;
}

function throwIfAny({ list }: Problems): void {
  if (list.length === 0) return;
  const lines = list.map(({ path, expected, got }) => `${path}: expected ${expected}, got ${String(got)}`);
  throw new InvalidRequestException({ reason: lines.join('; ') });
}
