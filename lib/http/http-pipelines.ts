import { InvalidRequestException } from '../exceptions/upstream.exceptions.js';
import { Pipeline } from '../pipeline/pipeline.js';
import type { PipelineParts } from '../pipeline/pipeline-parts.js';
import { Problems } from '../policy/problems.js';
import type { Runtime } from '../runtime/runtime.js';
import type { PolicyLayer, StrategyName } from '../strategies/policy.options.js';
import type { HttpLayer } from './http.options.js';

/** What an HTTP client does without being told: both timeouts, retries, and a circuit per origin. */
const BUILT_IN: PolicyLayer = {
  timeout: { attempt: 10_000, total: 30_000 },
  retry: {},
  circuitBreaker: { failureRate: 0.5, minimumCalls: 20, window: 30_000, recoveryTimeout: 15_000 },
};

const ALL: readonly StrategyName[] = ['timeout', 'retry', 'circuitBreaker'];

/** The pipelines of one client: its own, and those of requests that override a strategy. */
export class HttpPipelines {
  private readonly own: Pipeline;
  private readonly layers: readonly PolicyLayer[];

  constructor(
    private readonly app: Runtime,
    private readonly name: string,
    client: HttpLayer,
    problems: Problems,
  ) {
    const policy = app.policies.layersOf(client.http.policy, `${name}.policy`, problems);
    this.layers = [BUILT_IN, ...policy, client.strategies];
    this.own = new Pipeline(this.strategies(this.layers, ALL, problems));
  }

  /** The pipeline for a request; the client's own unless the request brings strategies. */
  for(request: HttpLayer): Pipeline {
    const { strategies, http } = request;
    if (http.policy === undefined && Object.keys(strategies).length === 0) return this.own;
    const problems = new Problems();
    const pipeline = this.override(request, problems);
    const [problem] = problems.list;
    if (!problem) return pipeline;
    throw new InvalidRequestException({ reason: `${problem.path}: expected ${problem.expected}` });
  }

  /** A request shares what it does not touch with its client, state included. */
  private override({ strategies, http }: HttpLayer, problems: Problems): Pipeline {
    const named =
      http.policy === undefined ? [] : this.app.policies.layersOf(http.policy, 'request.policy', problems);
    const layers = [...named.slice(1), strategies];
    const isTouched = (strategy: StrategyName) =>
      layers.some((layer) => layer[strategy] !== undefined || layer.classify !== undefined);
    const touched = this.strategies([...this.layers, ...layers], ALL.filter(isTouched), problems);
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
