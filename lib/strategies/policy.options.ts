import type { ClassifyFailure } from '../failures/classify-failure.js';
import { checkLayer, isOptionsObject, mergeLayers } from '../policy/layers.js';
import { ownValue } from '../policy/own-property.js';
import type { Problems } from '../policy/problems.js';
import type { Layer, ResolvedOf, Rule, Rules } from '../policy/rule.js';
import { callback } from '../policy/rules.js';
import { bulkheadStrategy } from './bulkhead/bulkhead.definition.js';
import { cacheStrategy } from './cache/cache.definition.js';
import { chaosStrategy } from './chaos/chaos.definition.js';
import { circuitBreakerStrategy } from './circuit-breaker/circuit-breaker.definition.js';
import { coalesceStrategy } from './coalesce/coalesce.definition.js';
import { fallbackStrategy } from './fallback/fallback.definition.js';
import { hedgeStrategy } from './hedge/hedge.definition.js';
import { rateLimitStrategy } from './rate-limit/rate-limit.definition.js';
import { retryStrategy } from './retry/retry.definition.js';
import type { StrategyDefinition, StrategyPlace, StrategyUse } from './strategy-definition.js';
import { timeoutStrategy } from './timeout/timeout.definition.js';

/**
 * All strategies, in the one order in which every pipeline applies them, outermost first. Options of a policy, their
 * checks, the parts of a pipeline, `describe()` and the tables of the docs are derived from this table.
 */
export const strategies = {
  /** Answers in place of a call that has failed for good: a function, or `{ use, on }`. */
  fallback: fallbackStrategy,
  /** Answers with what earlier calls have returned. */
  cache: cacheStrategy,
  /** Lets concurrent calls of one key share one run. */
  coalesce: coalesceStrategy,
  /** A limit for each attempt, or `{ attempt, total }`. */
  timeout: timeoutStrategy,
  /** Repeats attempts that failed with a transient failure. */
  retry: retryStrategy,
  /** Starts another attempt beside one that takes long. */
  hedge: hedgeStrategy,
  /** Fails fast in an outage. */
  circuitBreaker: circuitBreakerStrategy,
  /** Limits how many attempts begin in a time. */
  rateLimit: rateLimitStrategy,
  /** Limits how many attempts run at the same time. */
  bulkhead: bulkheadStrategy,
  /** Injects faults into attempts, where `chaos()` is enabled. */
  chaos: chaosStrategy,
};

type Strategies = typeof strategies;

/** The name of a strategy in a policy. */
export type StrategyName = keyof Strategies;

/** The names of all strategies, outermost first. */
export const STRATEGY_NAMES = Object.keys(strategies) as readonly StrategyName[];

/** The option of each strategy in a policy; `false` turns a strategy off that a weaker layer has configured. */
export type InputsOf<D> = {
  [S in keyof D]?: (D[S] extends { readonly input?: infer In } ? In : never) | false | undefined;
};

/** A named or inline set of options; `false` turns a strategy off that a weaker layer has configured. @public */
export interface PolicyOptions extends InputsOf<typeof strategies> {
  /** Tells transient failures from permanent ones, for retry and circuit alike. Default: `classifyFailure`. */
  classify?: ClassifyFailure | undefined;
}

/** The table of options of a strategy. */
type RulesOf<S extends StrategyName> = Strategies[S]['rules'];

/** The resolved options of one strategy. */
export type ResolvedStrategy<S extends StrategyName> = ResolvedOf<RulesOf<S>>;

/** The part of a pipeline that a strategy makes. */
export type PartOf<S extends StrategyName> = NonNullable<ReturnType<Strategies[S]['make']>>;

/** The strategies of a pipeline that are in use. */
export type StrategyParts = { readonly [S in StrategyName]?: PartOf<S> | undefined };

/** The options of a strategy that is in use, and the name of its state. */
export interface StrategyInForce {
  readonly options: object;
  readonly name?: string | undefined;
}

/** The options of the strategies that are in use. */
export type InForce = { readonly [S in StrategyName]?: StrategyInForce | undefined };

/** A strategy, whatever its options are. */
export type AnyStrategy = StrategyDefinition<unknown, Rules, unknown>;

/** One checked layer of a policy. */
export type PolicyLayer = { [S in StrategyName]?: Layer<RulesOf<S>> | false } & {
  classify?: ClassifyFailure;
};

/** The definition of a strategy. */
export function definitionOf(name: StrategyName): AnyStrategy {
  return strategies[name] as unknown as AnyStrategy;
}

/** The place at which a strategy works. */
export function placeOf(name: StrategyName): StrategyPlace {
  return strategies[name].place;
}

/** `false`, or the options of a strategy; a value that is no object is the option that `shorthand` names. */
export function optionRule({
  rules,
  shorthand,
}: Pick<AnyStrategy, 'rules' | 'shorthand'>): Rule<unknown, unknown> {
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

/** A policy as a table of options: its strategies, and `classify`. */
export const policyRules: Rules = {
  ...Object.fromEntries(STRATEGY_NAMES.map((name) => [name, optionRule(definitionOf(name))])),
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

/** Reports merged options that contradict each other, or lack what has no default; true if they are fine. */
export function isComplete(
  strategy: StrategyName,
  options: Readonly<Record<string, unknown>>,
  { path, isJudged }: StrategyUse & { readonly path: string },
  problems: Problems,
): boolean {
  const before = problems.list.length;
  const { rules, required, check } = definitionOf(strategy);
  for (const key of required?.(options, { isJudged }) ?? []) {
    if (options[key] === undefined) problems.addMissing(`${path}.${key}`, rules[key].expected);
  }
  check?.(options, path, problems, { isJudged });
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
  return mergeLayers(definitionOf(strategy).rules, given) as ResolvedStrategy<S>;
}

/** The classification of the strongest layer that brings one. */
export function resolveClassify(layers: readonly PolicyLayer[], fallback: ClassifyFailure): ClassifyFailure {
  return layers.findLast(hasClassify)?.classify ?? fallback;
}

function hasClassify(layer: PolicyLayer): boolean {
  return ownValue(layer, 'classify') !== undefined;
}
