import { Pipeline } from '../pipeline/pipeline.js';
import type { PipelineTools } from '../pipeline/pipeline-tools.js';
import type { Problems } from '../policy/problems.js';
import { checkStrategy } from '../strategies/policy.options.js';
import type { StrategyName } from '../strategies/policy.options.js';
import { attemptParameterOf } from './attempt-parameter.js';
import { displayName } from './decorated-method.js';
import type { Declaration, DecoratedMethod } from './decorated-method.js';
import type { PolicyCatalogue } from './policy-catalogue.js';
import type { Order, StrategyWorkshop } from './strategy-workshop.js';

/** What compiling needs of the application, or of a draft of it. */
export interface CompilerTools {
  readonly tools: PipelineTools;
  readonly policies: PolicyCatalogue;
  readonly workshop: StrategyWorkshop;
}

/**
 * Compiles the decorators of a method into its one pipeline; the order of the decorators does not matter. States
 * of the pipeline that it takes the place of are kept.
 */
export function compileMethod(
  app: CompilerTools,
  method: DecoratedMethod,
  problems: Problems,
  previous?: Pipeline,
): Pipeline {
  const orderOf = (strategy: StrategyName): Order | undefined => {
    const order = orderFor(app, method, strategy, problems);
    return order && { ...order, previous: previous?.parts };
  };
  const timeout = orderOf('timeout');
  const retry = orderOf('retry');
  const circuit = orderOf('circuitBreaker');
  const parts = {
    name: displayName(method),
    tools: app.tools,
    timeout: timeout && app.workshop.timeout(timeout),
    retry: retry && app.workshop.retry(retry, problems),
    circuits: circuit && app.workshop.circuits(circuit, problems),
  };
  return new Pipeline(parts, attemptParameterOf(method.owner, method.key));
}

function orderFor(
  app: CompilerTools,
  method: DecoratedMethod,
  strategy: StrategyName,
  problems: Problems,
): Order | undefined {
  const [declaration, again] = method.declarations.filter((candidate) => candidate.strategy === strategy);
  if (!declaration) return undefined;
  const where = `${displayName(method)} ${declaration.decorator}`;
  if (again) problems.add(where, 'the decorator once on a method', `${declaration.decorator} twice`);
  const layers = [
    { [strategy]: {} },
    ...app.policies.layersOf(declaration.policy, where, problems),
    { [strategy]: inline(declaration, where, problems) },
  ];
  return { layers, policy: declaration.policy, name: displayName(method), identity: method, where };
}

function inline({ strategy, options }: Declaration, where: string, problems: Problems) {
  return options === undefined ? undefined : checkStrategy(strategy, options, where, problems);
}
