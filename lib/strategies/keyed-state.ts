import type { Clock } from '../clock/clock.js';
import type { CoarseClock } from '../clock/coarse-clock.js';
import type { ResilienceEvents } from '../events/resilience-events.js';
import { callback, duration, text, wholeNumber } from '../policy/rules.js';
import type { Label } from './label.js';
import { LruMap } from './lru-map.js';
import type { LruLimits } from './lru-map.js';

/** The options of every strategy whose state has a name and may be split by key. */
export const stateRules = {
  /** Name of the state, shared by everything of the same name. Default: the policy's name, else `Class.method`. */
  name: text(),
  /** One state per key, such as a tenant; called with the arguments of the method. */
  key: callback<(...args: never[]) => string>(),
  /** Most keys kept; the least recently used idle one goes first. Default 1000. */
  maxKeys: wholeNumber({ fallback: 1000, min: 1 }),
  /** An idle key that was not used for so long is dropped. Default 10 min. */
  idleTtl: duration({ fallback: '10m', positive: true }),
};

/** The services of the application that states use. */
export interface StateDeps {
  readonly clock: Clock;
  readonly coarse: CoarseClock;
  readonly events: ResilienceEvents;
}

/** Options worked out once for all states that share them. */
export interface StateConfig {
  readonly label: Label;
  readonly options: {
    readonly key?: ((...args: never[]) => string) | undefined;
    readonly maxKeys: number;
    readonly idleTtl: number;
  };
  readonly deps: StateDeps;
}

/** A state that goes on under other options. */
export interface State<P extends StateConfig> {
  /** True if nothing is lost by dropping it. */
  readonly isIdle: boolean;
  reconfigure(config: P): void;
}

/** Makes the state of a key, or the only one. */
export type NewState<S, P> = (config: P, key?: string) => S;

/** The states of one name: a single one, or one per key, bounded. */
export class KeyedState<S extends State<P>, P extends StateConfig> {
  /** True once the application has let go of the states. */
  isDropped = false;
  private single: S | undefined;
  /** The single one while calls have no key, and nothing else has to be asked on the success path. */
  private only: S | undefined;
  private keyed: LruMap<S>;

  constructor(
    /** The options that the states share. */
    public config: P,
    private readonly create: NewState<S, P>,
    /** True if callers bring keys. */
    private readonly isKeyed = false,
  ) {
    this.keyed = new LruMap(this.limits());
    if (!isKeyed && config.options.key === undefined) this.only = this.single = create(config);
  }

  get name(): string {
    return this.config.label.name;
  }

  /** True if nothing is lost by dropping all states. */
  get isIdle(): boolean {
    return this.list().every(({ isIdle }) => isIdle);
  }

  /** Other options from now on. Every state goes on that a call may still reach. */
  reconfigure(config: P): void {
    const wasSplit = this.config.options.key !== undefined;
    const isSplit = config.options.key !== undefined;
    this.config = config;
    if (isSplit) this.single = undefined;
    else if (wasSplit && !this.isKeyed) this.keyed = new LruMap(this.limits());
    this.only = this.single;
    this.keyed.limit(this.limits());
    for (const state of this.list()) state.reconfigure(config);
  }

  /** The state for a call with these arguments. */
  forCall(args: readonly unknown[]): S {
    return this.only ?? this.choose(args);
  }

  /** The state of a key. */
  forKey(key: string): S {
    return this.keyed.obtain(key, this.config.deps.coarse.now(), this.make);
  }

  /** The states that exist now; idle ones are dropped first. */
  list(): S[] {
    const keyed = this.keyed.values(this.config.deps.clock.now());
    return this.single ? [this.single, ...keyed] : keyed;
  }

  /** The states that exist now; nothing is dropped by looking. */
  peek(): S[] {
    const keyed = this.keyed.peekAll();
    return this.single ? [this.single, ...keyed] : keyed;
  }

  /** The state of a key, or the only one, if it exists; does not count as use. */
  find(key?: string): S | undefined {
    return key === undefined ? this.single : this.keyed.find(key, this.config.deps.clock.now());
  }

  /** Lets go of the state of a key; the next use makes another one. */
  forget(key: string): void {
    this.keyed.delete(key);
  }

  private choose(args: readonly unknown[]): S {
    const { key } = this.config.options;
    if (key) return this.forKey(String(key(...(args as never[]))));
    return (this.only = this.single ??= this.create(this.config));
  }

  private readonly make = (key: string): S => this.create(this.config, key);

  private limits(): LruLimits<S> {
    const { maxKeys, idleTtl } = this.config.options;
    return { maxKeys, idleTtl, mayExpire: ({ isIdle }) => isIdle };
  }
}

/** `orders`, or `orders[tenant-1]` for the state of a key. */
export function stateName({ name }: Label, key: string | undefined): string {
  return key === undefined ? name : `${name}[${key}]`;
}
