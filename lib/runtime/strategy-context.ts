import { classifyFailure } from '../failures/classify-failure.js';
import type { ClassifyFailure } from '../failures/classify-failure.js';
import type { Problems } from '../policy/problems.js';
import { KeyedState } from '../strategies/keyed-state.js';
import type { State, StateConfig } from '../strategies/keyed-state.js';
import type { Label } from '../strategies/label.js';
import { resolveClassify, resolveStrategy } from '../strategies/policy.options.js';
import type { StrategyName } from '../strategies/policy.options.js';
import type {
  KeyedSpec,
  SharedSpec,
  StrategyContext,
  StrategyDeps,
} from '../strategies/strategy-definition.js';
import type { Claim } from './named-state-store.js';
import type { StateStore } from './state-store.js';
import type { OwnedRequest } from './strategy-request.js';

/** One request, with the states and services of the application that answer it. */
export class RequestContext implements StrategyContext {
  readonly classify: ClassifyFailure;

  constructor(
    readonly deps: StrategyDeps,
    private readonly states: StateStore,
    private readonly request: OwnedRequest,
    private readonly problems: Problems,
  ) {
    this.classify = resolveClassify(request.layers, classifyFailure);
  }

  get previous(): Readonly<Record<string, unknown>> {
    return this.request.previous ?? {};
  }

  get keyWritten(): StrategyContext['keyWritten'] {
    return this.request.keyWritten;
  }

  label(written: string | undefined): Label {
    const { name, policy } = this.request;
    return { name: written ?? policy ?? name, policy };
  }

  optionsOf(strategy: StrategyName): unknown {
    return resolveStrategy(strategy, this.request.layers);
  }

  report(option: string, expected: string, got: unknown): void {
    this.problems.add(`${this.request.path}.${option}`, expected, got);
  }

  share<T extends object>(spec: SharedSpec<T>): T | undefined {
    const claim = this.claimOf(spec as unknown as SharedSpec<object>);
    const state = this.states.obtain(spec, claim, this.problems);
    if (state && state === spec.previous) this.states.apply(() => spec.reconfigure(state));
    return state;
  }

  shareKeyed<S extends State<P>, P extends StateConfig>(spec: KeyedSpec<S, P>): KeyedState<S, P> | undefined {
    const { kind, options, agreed, previous, create, registry } = spec;
    const configOf = (name: string) => spec.configOf({ name, policy: this.request.policy });
    return this.share<KeyedState<S, P>>({
      kind,
      written: options.name,
      options: { ...options, ...agreed, name: undefined },
      make: (name) => new KeyedState(configOf(name), create, this.request.isKeyed),
      previous,
      reconfigure: (family) => family.reconfigure(configOf(family.name)),
      onAdded: registry && ((family) => registry.add(family)),
      onRemoved(family) {
        family.isDropped = true;
        registry?.remove(family);
      },
    });
  }

  private claimOf({ written, options, isOwn }: SharedSpec<object>): Claim {
    const { policy, name, identity, owner, where, isNamedByCall = false } = this.request;
    const shared = isOwn ? undefined : (written ?? policy);
    const isWritten = written !== undefined && !(isOwn && isNamedByCall);
    return {
      name: shared ?? written ?? name,
      isExplicit: isWritten,
      isExclusive: isOwn === true,
      identity: shared ?? identity,
      options,
      owner,
      where,
      isNamedByCall,
    };
  }
}
