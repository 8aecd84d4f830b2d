import type { Clock } from '../clock/clock.js';
import type { CoarseClock } from '../clock/coarse-clock.js';
import type { PipelineDeps } from '../pipeline/pipeline-deps.js';
import type { BulkheadRegistry } from '../strategies/bulkhead/bulkhead-registry.js';
import type { CircuitBreakerRegistry } from '../strategies/circuit-breaker/circuit-breaker-registry.js';
import type { Label } from '../strategies/label.js';
import { RetryBudget } from '../strategies/retry/retry-budget.js';
import { KeyedState } from '../strategies/keyed-state.js';
import type { NewState, State, StatePlan } from '../strategies/keyed-state.js';
import type { StrategyRequest } from './strategy-request.js';
import type { StateKind } from './state-store.js';

/** What the strategies of one application are made with. */
export interface StrategyDeps extends PipelineDeps {
  readonly coarse: CoarseClock;
  /** For timers that many calls share: they keep the async context of none of them. */
  readonly sharedClock: Clock;
  readonly random: () => number;
  readonly circuits: CircuitBreakerRegistry;
  readonly bulkheads: BulkheadRegistry;
}

/** A state that is to be shared by name: how it is made, and what becomes of the one that there was. */
export interface SharedSpec<T extends object> {
  readonly kind: StateKind;
  /** The name that the user wrote. */
  readonly written: string | undefined;
  /** Those of one name have to agree on them. */
  readonly options: object;
  readonly make: (name: string) => T;
  readonly previous: T | undefined;
  readonly reconfigure: (state: T) => void;
}

/** Where one strategy of one order is made. */
export interface StrategyContext {
  readonly order: StrategyRequest;
  readonly tools: StrategyDeps;
  /** The state of a name; undefined, after telling of it, if its name is taken. */
  share<T extends object>(spec: SharedSpec<T>): T | undefined;
  /** Does something once the state is in force. */
  apply(change: () => void): void;
}

/** What a strategy is called. */
export function labelOf({ name, policy }: StrategyRequest, written: string | undefined): Label {
  return { name: written ?? policy ?? name, policy };
}

/** The retry budget of a name. */
export function shareBudget(
  bench: StrategyContext,
  written: string | undefined,
  options: ConstructorParameters<typeof RetryBudget>[0] | false,
  previous: RetryBudget | undefined,
): RetryBudget | undefined {
  if (options === false) return undefined;
  const { clock, coarse } = bench.tools;
  return bench.share<RetryBudget>({
    kind: 'budget',
    written,
    options,
    make: () => new RetryBudget(options, clock, coarse),
    previous,
    reconfigure: (budget) => budget.reconfigure(options),
  });
}

/** States that are to be shared by name, and how they are made. */
export interface FamilySpec<S extends State<P>, P extends StatePlan> {
  readonly kind: StateKind;
  readonly options: P['options'] & { readonly name: string | undefined };
  /** What those of one name have to agree on beside the options. */
  readonly agreed?: object;
  readonly previous: KeyedState<S, P> | undefined;
  readonly planOf: (name: string) => P;
  readonly create: NewState<S, P>;
  readonly onMade?: (family: KeyedState<S, P>) => void;
}

/** The beginning of a {@link FamilySpec}. */
export function familyOf<O, F>(kind: StateKind, options: O, previous: F | undefined) {
  return { kind, options, previous };
}

/** States with or without keys, shared by name. */
export function shareFamily<S extends State<P>, P extends StatePlan>(
  bench: StrategyContext,
  { kind, options, agreed, previous, planOf, create, onMade }: FamilySpec<S, P>,
): KeyedState<S, P> | undefined {
  return bench.share<KeyedState<S, P>>({
    kind,
    written: options.name,
    options: { ...options, ...agreed, name: undefined },
    make(name) {
      const family = new KeyedState(planOf(name), create, bench.order.isKeyed);
      bench.apply(() => onMade?.(family));
      return family;
    },
    previous,
    reconfigure: (family) => family.reconfigure(planOf(family.name)),
  });
}
