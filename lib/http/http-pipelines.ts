import { InvalidRequestException } from '../exceptions/upstream.exceptions.js';
import { Pipeline } from '../pipeline/pipeline.js';
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

const STRATEGIES: readonly StrategyName[] = ['timeout', 'retry', 'circuitBreaker'];

/** The pipelines of one client: its own, and those of requests that override a strategy. */
export class HttpPipelines {
  private readonly own: Pipeline;

  constructor(
    private readonly app: Runtime,
    private readonly name: string,
    private readonly client: HttpLayer,
    problems: Problems,
  ) {
    this.own = this.compile({ strategies: {}, http: {} }, problems);
  }

  /** The pipeline for a request; the client's own unless the request brings strategies. */
  for(request: HttpLayer): Pipeline {
    const { strategies, http } = request;
    if (http.policy === undefined && Object.keys(strategies).length === 0) return this.own;
    const problems = new Problems();
    const pipeline = this.compile(request, problems);
    const [problem] = problems.list;
    if (!problem) return pipeline;
    throw new InvalidRequestException({ reason: `${problem.path}: expected ${problem.expected}` });
  }

  private compile({ strategies, http }: HttpLayer, problems: Problems): Pipeline {
    const { app, name } = this;
    const layers = [
      BUILT_IN,
      ...app.policies.layersOf(this.client.http.policy, `${name}.policy`, problems),
      this.client.strategies,
      ...(http.policy === undefined
        ? []
        : app.policies.layersOf(http.policy, 'request.policy', problems).slice(1)),
      strategies,
    ];
    const order = { layers, name, identity: this, where: name, isKeyed: true };
    // a request that does not touch a strategy shares the client's own, with its state
    const touches = (strategy: StrategyName) =>
      !('own' in this) ||
      http.policy !== undefined ||
      strategies[strategy] !== undefined ||
      'classify' in strategies;
    const [timeout, retry, circuits] = STRATEGIES.map(touches);
    return new Pipeline({
      name,
      tools: app.tools,
      timeout: timeout ? app.workshop.timeout(order) : this.own.parts.timeout,
      retry: retry ? app.workshop.retry(order, problems) : this.own.parts.retry,
      circuits: circuits ? app.workshop.circuits(order, problems) : this.own.parts.circuits,
    });
  }
}
