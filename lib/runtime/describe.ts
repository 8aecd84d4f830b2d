import type { PipelineParts } from '../pipeline/pipeline-parts.js';
import { Problems } from '../policy/problems.js';
import type { Label } from '../strategies/label.js';
import { definitionOf, placeOf, resolveStrategy, STRATEGY_NAMES } from '../strategies/policy.options.js';
import type { InForce, StrategyInForce, StrategyName } from '../strategies/policy.options.js';
import type { ResolvedTimeout } from '../strategies/timeout/timeout.options.js';
import type { PipelineDescription, StrategyDescription } from './pipeline-description.js';
import type { Runtime } from './runtime.js';

/** Describes the pipeline of a method or a call. */
export function describePipeline({ name, policy, inForce }: PipelineParts): PipelineDescription {
  return describe({ name, policy }, inForce);
}

/**
 * Describes what a named policy resolves to; nothing is made or counted.
 *
 * @throws ResilienceConfigurationError for a policy that does not exist
 */
export function describePolicy({ policies, factory }: Runtime, policy: string): PipelineDescription {
  const problems = new Problems();
  const layers = policies.layersOf(policy, 'describe', problems);
  problems.throwIfAny();
  const inForce = Object.create(null) as Record<string, StrategyInForce>;
  for (const strategy of STRATEGY_NAMES) {
    const options = resolveStrategy(strategy, layers) as { name?: string } | undefined;
    if (options && factory.isAvailable(strategy))
      inForce[strategy] = { options, name: options.name ?? policy };
  }
  return describe({ name: policy, policy }, inForce);
}

function describe({ name, policy }: Label, inForce: InForce): PipelineDescription {
  const used = STRATEGY_NAMES.filter((strategy) => inForce[strategy] !== undefined);
  return {
    name,
    ...(policy !== undefined && { policy }),
    strategies: titlesOf(used, inForce),
    ...Object.fromEntries(used.map((strategy) => [strategy, plain(strategy, inForce[strategy])])),
  };
}

/** The titles of the strategies in use, outermost first; the limit of an attempt stands behind the guards. */
function titlesOf(used: readonly StrategyName[], inForce: InForce): string[] {
  const titles = (isBody: boolean) =>
    used
      .filter((strategy) => (placeOf(strategy) === 'body') === isBody)
      .map((strategy) => definitionOf(strategy).title(inForce[strategy]?.options as never))
      .filter((title) => title !== undefined);
  const attempt = (inForce.timeout?.options as ResolvedTimeout | undefined)?.attempt;
  return [...titles(false), ...(attempt === undefined ? [] : ['attempt timeout']), ...titles(true)];
}

function plain(strategy: StrategyName, inForce: StrategyInForce | undefined): StrategyDescription {
  const { options = {}, name } = inForce ?? {};
  const definition = definitionOf(strategy);
  const shown = {
    ...(definition.describe?.(options as never) ?? options),
    ...(definition.isNamed && { name }),
  };
  const text = JSON.stringify(shown, (_, value: unknown) =>
    typeof value === 'function' ? `[function ${value.name || 'anonymous'}]` : value,
  );
  return JSON.parse(text) as StrategyDescription;
}
