import type { ClassifyFailure } from '../policy/classify-failure.js';
import type { Duration } from '../policy/duration.js';
import { checkKeys, checkLayer, isOptionsObject, mergeLayers } from '../policy/layers.js';
import type { Problems } from '../policy/problems.js';
import type { Layer, ResolvedOf, Rules } from '../policy/rule.js';
import { callback } from '../policy/rules.js';
import { circuitBreakerRules } from './circuit-breaker/circuit-breaker.options.js';
import type { CircuitBreakerOptions } from './circuit-breaker/circuit-breaker.options.js';
import { retryRules } from './retry/retry.options.js';
import type { RetryOptions } from './retry/retry.options.js';
import { timeoutRules } from './timeout/timeout.options.js';
import type { TimeoutOptions } from './timeout/timeout.options.js';

/** A named or inline set of options; `false` turns a strategy off that a weaker layer has configured. */
export interface PolicyOptions {
  /** A limit for each attempt, or `{ attempt, total }`. */
  timeout?: Duration | TimeoutOptions | false | undefined;
  retry?: RetryOptions | false | undefined;
  circuitBreaker?: CircuitBreakerOptions | false | undefined;
  /** Tells transient failures from permanent ones, for retry and circuit alike. Default: `classifyFailure`. */
  classify?: ClassifyFailure | undefined;
}

/** The strategies, and the one table of each. */
export const strategyRules = {
  timeout: timeoutRules,
  retry: retryRules,
  circuitBreaker: circuitBreakerRules,
};

/** What a strategy is called in a policy. */
export type StrategyName = keyof typeof strategyRules;

/** The resolved options of one strategy. */
export type ResolvedStrategy<S extends StrategyName> = ResolvedOf<(typeof strategyRules)[S]>;

/** One checked layer of a policy. */
export type PolicyLayer = { [S in StrategyName]?: Layer<(typeof strategyRules)[S]> | false } & {
  classify?: ClassifyFailure;
};

const classifyRule = callback<ClassifyFailure>();

/** The keys of a policy, for messages and for options that extend a policy. */
export const policyKeys: readonly string[] = [...Object.keys(strategyRules), 'classify'];

/** Checks one policy; never throws. `extraKeys` are allowed beside a policy's own and left to the caller. */
export function checkPolicy(
  value: unknown,
  path: string,
  problems: Problems,
  extraKeys: readonly string[] = [],
): PolicyLayer {
  if (!isOptionsObject(value)) {
    problems.add(path, `an object with ${policyKeys.join(', ')}`, value);
    return {};
  }
  checkKeys(value, [...policyKeys, ...extraKeys], path, problems);
  const layer: Record<string, unknown> = {};
  for (const strategy of Object.keys(strategyRules) as StrategyName[]) {
    const given = value[strategy];
    if (given !== undefined)
      layer[strategy] = checkStrategy(strategy, given, `${path}.${strategy}`, problems);
  }
  if (value.classify !== undefined)
    layer.classify = classifyRule.check(value.classify, `${path}.classify`, problems);
  return layer;
}

/** Checks the options of one strategy; a bare duration is the timeout of an attempt. */
export function checkStrategy(strategy: StrategyName, given: unknown, path: string, problems: Problems) {
  if (given === false) return false;
  if (strategy === 'timeout' && !isOptionsObject(given)) {
    const attempt = timeoutRules.attempt.check(given, path, problems);
    return attempt === undefined ? {} : { attempt };
  }
  return checkLayer(strategyRules[strategy], given, path, problems);
}

/** One strategy of several policy layers, weakest first; undefined if it is off. */
export function resolveStrategy<S extends StrategyName>(
  strategy: S,
  layers: readonly PolicyLayer[],
): ResolvedStrategy<S> | undefined {
  const mentioned = layers.map((layer) => layer[strategy]).filter((layer) => layer !== undefined);
  if (mentioned.length === 0 || mentioned.at(-1) === false) return undefined;
  const rules = strategyRules[strategy] as Rules;
  return mergeLayers(
    rules,
    mentioned.filter((layer) => layer !== false),
  ) as ResolvedStrategy<S>;
}

/** The classification of the strongest layer that brings one. */
export function resolveClassify(layers: readonly PolicyLayer[], fallback: ClassifyFailure): ClassifyFailure {
  return layers.findLast((layer) => layer.classify !== undefined)?.classify ?? fallback;
}
