import type { Clock } from '../clock/clock.js';
import type { CoarseClock } from '../clock/coarse-clock.js';
import type { ResilienceEvents } from '../events/resilience-events.js';
import type { ClassifyFailure } from '../failures/classify-failure.js';
import type { Problems } from '../policy/problems.js';
import type { ResolvedOf, Rules } from '../policy/rule.js';
import type { TransitionObserver } from './circuit-breaker/transition-observer.js';
import type { BulkheadRegistry } from './bulkhead/bulkhead-registry.js';
import type { ResilienceCache } from './cache/resilience-cache.js';
import type { BodyInterceptor } from './body-interceptor.js';
import type { CallWrapper } from './call-wrapper.js';
import type { ChaosOfApplication } from './chaos/chaos-source.js';
import type { CircuitBreakerRegistry } from './circuit-breaker/circuit-breaker-registry.js';
import type { GuardFamily } from './guard.js';
import type { KeyedState, NewState, State, StateConfig } from './keyed-state.js';
import type { Label } from './label.js';
import type { Alarm } from './rate-limit/rate-limit.js';
import type { RateLimitRegistry } from './rate-limit/rate-limit-registry.js';
import type { RetryBudgetRegistry } from './retry/retry-budget-registry.js';

/**
 * Where a strategy works: around whole calls (`call`, a `CallWrapper`), in front of each attempt (`guard`, a
 * `GuardFamily`), or in front of the body of an attempt (`body`, a `BodyInterceptor`). The engine itself runs those of `engine`.
 */
export type StrategyPlace = 'call' | 'engine' | 'guard' | 'body';

/** The place at which a part works: the engine asks it there, and nowhere else. */
type PlaceOf<Part> = Part extends GuardFamily
  ? 'guard'
  : Part extends CallWrapper
    ? 'call'
    : Part extends BodyInterceptor
      ? 'body'
      : 'engine';

/** The services of one application that strategies are made with. */
export interface StrategyDeps {
  readonly clock: Clock;
  readonly coarse: CoarseClock;
  readonly events: ResilienceEvents;
  readonly random: () => number;
  readonly circuits: CircuitBreakerRegistry;
  readonly bulkheads: BulkheadRegistry;
  readonly rateLimits: RateLimitRegistry;
  readonly budgets: RetryBudgetRegistry;
  /** Sees the transitions of circuits; missing where nothing is watched. */
  readonly transitions?: TransitionObserver | undefined;
  /** An alarm that many calls share: it keeps the async context of none of them. */
  readonly newAlarm: (ring: () => void) => Alarm;
  readonly caches: ResilienceCache;
  /** Calls `ring` after so many milliseconds, in the async context of this moment, unless the returned function is called before. */
  readonly deadline: (ms: number, ring: () => void) => () => void;
  /** The code that injects faults; there only where it is enabled. */
  readonly chaos?: ChaosOfApplication | undefined;
}

/** A state that is shared by name: how it is made, and how an update changes it. */
export interface SharedSpec<T extends object> {
  /** Each kind has names of its own. */
  readonly kind: string;
  /** True if the state belongs to the method, the function or the client alone: a policy's name does not share it, a written one neither. */
  readonly isOwn?: boolean;
  /** The name that the user wrote, if there is one. */
  readonly written: string | undefined;
  /** The options on which all places of one name have to agree. */
  readonly options: object;
  readonly make: (name: string) => T;
  /** The state of the pipeline that an update replaces. */
  readonly previous: T | undefined;
  readonly reconfigure: (state: T) => void;
  /** Called once the state is in force, and when nothing uses it any more. */
  readonly onAdded?: ((state: T) => void) | undefined;
  readonly onRemoved?: ((state: T) => void) | undefined;
}

/** A registry, as far as states are entered into it. */
interface Registry<F> {
  add(family: F): void;
  remove(family: F): void;
}

/** Keyed states that are shared by name. */
export interface KeyedSpec<S extends State<P>, P extends StateConfig> {
  readonly kind: string;
  readonly options: P['options'] & { readonly name: string | undefined };
  /** Beside the options, the values on which all places of one name have to agree. */
  readonly agreed?: object;
  readonly previous: KeyedState<S, P> | undefined;
  readonly configOf: (label: Label) => P;
  readonly create: NewState<S, P>;
  /** The registry that shows the states to the application. */
  readonly registry?: Registry<KeyedState<S, P>> | undefined;
}

/** The calls for which a strategy is to work, as far as its options depend on them. */
export interface StrategyUse {
  /** True if kept answers say themselves how long they may be used. */
  readonly isJudged?: boolean | undefined;
}

/** The request for one strategy of one pipeline, as its definition sees it. */
export interface StrategyContext {
  readonly deps: StrategyDeps;
  /** The classification of the policy. */
  readonly classify: ClassifyFailure;
  /** The strategies of the pipeline that an update replaces, by their names; their states are kept. */
  readonly previous: Readonly<Record<string, unknown>>;
  /** The name of the strategy in events and errors. */
  label(written: string | undefined): Label;
  /** The resolved options that the same layers give to another strategy; undefined if that one is off. */
  optionsOf(strategy: string): unknown;
  /** Set where a key has several parts: makes the first of them of what a user writes. */
  readonly keyWritten?: ((written: unknown) => unknown) | undefined;
  /** Reports a problem with an option of the strategy. */
  report(option: string, expected: string, got: unknown): void;
  /** Obtains the state of a name; undefined, after reporting the problem, if the name is taken. */
  share<T extends object>(spec: SharedSpec<T>): T | undefined;
  /** Obtains the keyed states of a name; undefined, after reporting the problem, if the name is taken. */
  shareKeyed<S extends State<P>, P extends StateConfig>(spec: KeyedSpec<S, P>): KeyedState<S, P> | undefined;
}

/**
 * Everything that the library knows of one strategy. `In` is the type of its option in a policy, `R` its table of options,
 * `Part` the object that a pipeline works with.
 */
export interface StrategyDefinition<In, R extends Rules, Part> {
  readonly place: PlaceOf<Part>;
  /** Names the strategy for `describe()`; undefined where the options turn off this part of it. */
  readonly title: (options: ResolvedOf<R>) => string | undefined;
  readonly rules: R;
  /** The option that a value stands for which is no object: `timeout: '2s'` is `timeout: { attempt: '2s' }`. */
  readonly shorthand?: keyof R & string;
  /** Options without a default that must be given. */
  readonly required?: (options: ResolvedOf<R>, use: StrategyUse) => readonly (keyof R & string)[];
  /** Reports merged options that contradict each other. */
  readonly check?: (options: ResolvedOf<R>, path: string, problems: Problems, use: StrategyUse) => void;
  /** False where the application lacks what the strategy needs: its options are checked, and no pipeline carries it. */
  readonly isAvailable?: (deps: StrategyDeps) => boolean;
  /** True if the strategy has a `name`, which `execute(…, { name })` sets. */
  readonly isNamed: boolean;
  /** For messages, such as "a circuit breaker": set if all inline policies without a name would share its state. */
  readonly sharedAs?: string;
  /** False if calls on instances made for each request would share what belongs to one of them; default: they never would. */
  readonly isSafePerRequest?: (options: ResolvedOf<R>) => boolean;
  /** Makes the part of a pipeline; undefined after reporting a problem. */
  readonly make: (options: ResolvedOf<R>, context: StrategyContext) => Part | undefined;
  /** The options in force, where they are not simply the options. */
  readonly describe?: (options: ResolvedOf<R>) => object;
  /** Only for the type checker. */
  readonly input?: In;
}

/** Declares a strategy; the type arguments are the option's type in a policy and the part of a pipeline. */
export function defineStrategy<In, Part>() {
  return <R extends Rules>(definition: StrategyDefinition<In, R, Part>): StrategyDefinition<In, R, Part> =>
    definition;
}
