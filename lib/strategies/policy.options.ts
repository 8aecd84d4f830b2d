import type { ClassifyFailure } from '../policy/classify-failure.js';
import type { Duration } from '../policy/duration.js';
import { checkLayer, isOptionsObject, mergeLayers } from '../policy/layers.js';
import { ownValue } from '../policy/own-property.js';
import type { Problems } from '../policy/problems.js';
import type { Layer, ResolvedOf, Rule, Rules } from '../policy/rule.js';
import { callback } from '../policy/rules.js';
import { checkCircuitBreaker, circuitBreakerRules } from './circuit-breaker/circuit-breaker.options.js';
import type { CircuitBreakerOptions } from './circuit-breaker/circuit-breaker.options.js';
import { bulkheadRules } from './bulkhead/bulkhead.options.js';
import type { BulkheadOptions } from './bulkhead/bulkhead.options.js';
import { fallbackRules } from './fallback/fallback.options.js';
import type { FallbackFunction, FallbackPolicy } from './fallback/fallback.options.js';
import { hedgeRules } from './hedge/hedge.options.js';
import type { HedgeOptions } from './hedge/hedge.options.js';
import { rateLimitRules } from './rate-limit/rate-limit.options.js';
import type { RateLimitOptions } from './rate-limit/rate-limit.options.js';
import { retryRules } from './retry/retry.options.js';
import type { RetryOptions } from './retry/retry.options.js';
import { timeoutRules } from './timeout/timeout.options.js';
import type { TimeoutOptions } from './timeout/timeout.options.js';

/** A named or inline set of options; `false` turns a strategy off that a weaker layer has configured. @public */
export interface PolicyOptions {
  /** A limit for each attempt, or `{ attempt, total }`. */
  timeout?: Duration | TimeoutOptions | false | undefined;
  /** Repeats attempts that failed with a transient failure. */
  retry?: RetryOptions | false | undefined;
  /** Fails fast in an outage. */
  circuitBreaker?: CircuitBreakerOptions | false | undefined;
  /** Limits how many attempts run at the same time. */
  bulkhead?: BulkheadOptions | false | undefined;
  /** Limits how many attempts begin in a time. */
  rateLimit?: RateLimitOptions | false | undefined;
  /** Starts another attempt beside one that takes long. */
  hedge?: HedgeOptions | false | undefined;
  /** What answers when everything else has failed: a function, or `{ use, on }`. */
  fallback?: FallbackFunction | FallbackPolicy | false | undefined;
  /** Tells transient failures from permanent ones, for retry and circuit alike. Default: `classifyFailure`. */
  classify?: ClassifyFailure | undefined;
}

/** The strategies, and the one table of each. */
export const strategyRules = {
  timeout: timeoutRules,
  retry: retryRules,
  circuitBreaker: circuitBreakerRules,
  bulkhead: bulkheadRules,
  rateLimit: rateLimitRules,
  hedge: hedgeRules,
  fallback: fallbackRules,
};

/** The option that a value stands for which is no object: `timeout: '2s'` is `timeout: { attempt: '2s' }`. */
const SHORTHANDS: { readonly [S in StrategyName]?: string } = { timeout: 'attempt', fallback: 'use' };

/** What a strategy is called in a policy. */
export type StrategyName = keyof typeof strategyRules;

/** The resolved options of one strategy. */
export type ResolvedStrategy<S extends StrategyName> = ResolvedOf<(typeof strategyRules)[S]>;

/** One checked layer of a policy. */
export type PolicyLayer = { [S in StrategyName]?: Layer<(typeof strategyRules)[S]> | false } & {
  classify?: ClassifyFailure;
};

/** `false`, or the options of a strategy; what is no object is the option that `shorthand` names. */
function strategy(rules: Rules, shorthand?: string): Rule<unknown, unknown> {
  return {
    expected: 'options, or false',
    fallback: undefined,
    check(given, path, problems) {
      if (given === false) return false;
      if (shorthand === undefined || isOptionsObject(given)) return checkLayer(rules, given, path, problems);
      const accepted = rules[shorthand].check(given, path, problems);
      return accepted === undefined ? {} : { [shorthand]: accepted };
    },
  };
}

const strategies = Object.keys(strategyRules) as StrategyName[];

/** A policy as a table of options: its strategies, and `classify`. */
export const policyRules: Rules = {
  ...Object.fromEntries(
    strategies.map((name) => [name, strategy(strategyRules[name], ownValue(SHORTHANDS, name))]),
  ),
  classify: callback<ClassifyFailure>(),
};

/** Checks one policy; never throws. */
export function checkPolicy(value: unknown, path: string, problems: Problems): PolicyLayer {
  return checkLayer(policyRules, value, path, problems);
}

/** Checks the options of one strategy; a bare duration is the timeout of an attempt, a bare function a fallback. */
export function checkStrategy(name: StrategyName, given: unknown, path: string, problems: Problems) {
  return policyRules[name].check(given, path, problems);
}

/** What has no default, and must be given; `adaptive` finds a limit by itself. */
const REQUIRED: { readonly [S in StrategyName]?: readonly string[] } = {
  bulkhead: ['maxConcurrent'],
  rateLimit: ['limit', 'interval'],
  hedge: ['delay'],
  fallback: ['use'],
};

/** Tells of merged options that contradict each other, or lack what has no default; true if they are fine. */
export function isComplete(
  strategy: StrategyName,
  options: Readonly<Record<string, unknown>>,
  path: string,
  problems: Problems,
): boolean {
  const before = problems.list.length;
  const rules: Rules = strategyRules[strategy];
  for (const key of ownValue(REQUIRED, strategy) ?? []) {
    if (options[key] === undefined && !ownValue(options, 'adaptive'))
      problems.addMissing(`${path}.${key}`, rules[key].expected);
  }
  if (strategy === 'circuitBreaker') checkCircuitBreaker(options as never, path, problems);
  return problems.list.length === before;
}

/** One strategy of several policy layers, weakest first; undefined if it is off. */
export function resolveStrategy<S extends StrategyName>(
  strategy: S,
  layers: readonly PolicyLayer[],
): ResolvedStrategy<S> | undefined {
  const mentioned = layers.map((layer) => ownValue(layer, strategy)).filter((layer) => layer !== undefined);
  if (!mentioned.at(-1)) return undefined;
  const given = mentioned.filter((layer) => layer !== false);
  return mergeLayers(strategyRules[strategy] as Rules, given) as ResolvedStrategy<S>;
}

/** The classification of the strongest layer that brings one. */
export function resolveClassify(layers: readonly PolicyLayer[], fallback: ClassifyFailure): ClassifyFailure {
  return layers.findLast(hasClassify)?.classify ?? fallback;
}

function hasClassify(layer: PolicyLayer): boolean {
  return ownValue(layer, 'classify') !== undefined;
}
