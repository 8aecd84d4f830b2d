import type { BodyInterceptor } from '../strategies/body-interceptor.js';
import type { CallWrapper } from '../strategies/call-wrapper.js';
import type { GuardFamily } from '../strategies/guard.js';
import { placeOf, STRATEGY_NAMES } from '../strategies/policy.options.js';
import type { InForce, StrategyParts } from '../strategies/policy.options.js';
import type { StrategyPlace } from '../strategies/strategy-definition.js';
import type { CallFigures } from '../telemetry/call-figures.js';
import type { CallFamily } from '../telemetry/telemetry.js';
import type { PipelineDeps } from './pipeline-deps.js';

/** A policy compiled for one method, client or `execute`: the strategies in use. */
export interface PipelineParts extends StrategyParts {
  /** `Class.method`, the policy's name or the client's. */
  readonly name: string;
  readonly policy?: string | undefined;
  /** The policies that any of its strategies are taken from. */
  readonly policies: readonly string[];
  readonly deps: PipelineDeps;
  /** The name of the calls in events and figures: the policy if all strategies share one, else {@link name}. */
  readonly family: CallFamily & { readonly key?: string };
  /** The counters of the family; the pipeline finds them, and there are none where nothing is counted. */
  readonly figures?: CallFigures | undefined;
  /** The slots of an HTTP client's connections: the last of the guards. */
  readonly slots?: GuardFamily | undefined;
  /** The options in use, for `describe()`. */
  readonly inForce: InForce;
}

/** The strategies of a pipeline by the place where they work, outermost first. */
export interface PlacedStrategies {
  readonly wrappers: readonly CallWrapper[];
  /** Those of them that keep or share the answers of calls. */
  readonly keepers: readonly CallWrapper[];
  /** The one of them that may answer a call before anything is begun for it. */
  readonly front: CallWrapper | undefined;
  readonly guards: readonly GuardFamily[];
  readonly bodies: readonly BodyInterceptor[];
}

/** Puts the strategies in their places; a strategy that no place knows does not exist. */
export function placedStrategies(parts: PipelineParts): PlacedStrategies {
  const at = <T>(place: StrategyPlace): readonly T[] =>
    STRATEGY_NAMES.filter((name) => placeOf(name) === place && parts[name] !== undefined).map(
      (name) => parts[name] as T,
    );
  const wrappers = at<CallWrapper>('call');
  return {
    wrappers,
    keepers: wrappers.filter((wrapper) => wrapper.recover === undefined),
    front: wrappers.find((wrapper) => wrapper.look !== undefined),
    guards: [...at<GuardFamily>('guard'), ...(parts.slots ? [parts.slots] : [])],
    bodies: [...(parts.deps.interceptors?.for(namesOf(parts)) ?? []), ...at<BodyInterceptor>('body')],
  };
}

/** The same parts, whose events name the key of a call. */
export function keyedParts(parts: PipelineParts, key: string | undefined): PipelineParts {
  return key === undefined ? parts : { ...parts, family: { ...parts.family, key } };
}

/** The parts of a pipeline that runs everything bare. All are own properties: nothing is taken from `Object.prototype`. */
export function withoutStrategies(name: string, deps: PipelineDeps): PipelineParts {
  const none = Object.fromEntries(STRATEGY_NAMES.map((strategy) => [strategy, undefined]));
  return { ...none, name, policies: [], family: { name }, deps, inForce: {} };
}

/** The names by which a pipeline is known: its own, its family's, and those of its policies. */
function namesOf({ name, policy, policies, family }: PipelineParts): string[] {
  return [...new Set([name, family.name, policy, ...policies])].filter((one) => one !== undefined);
}
