import type { CircuitTransitionCause } from '../events/resilience-event.js';
import type { ResilienceEvents } from '../events/resilience-events.js';
import type {
  PublishedTransition,
  TransitionObserver,
} from '../strategies/circuit-breaker/transition-observer.js';
import type { CircuitState } from '../strategies/circuit-breaker/circuit-state.js';
import type { Label } from '../strategies/label.js';
import { CallFigures } from './call-figures.js';
import type { FigureSettings } from './call-figures.js';
import { CallTrace } from './call-trace.js';
import { channelObserver, hasCallSubscribers, transitionChannel } from './channels.js';
import type { CallObserver } from './exporter.js';
import { Family } from './family.js';
import { OTHER } from './figures.js';
import type { ServerAddress } from './figures.js';
import type { ResolvedTelemetry } from './telemetry.options.js';

/** A family of calls, as a pipeline names it. */
export interface CallFamily extends Label {
  /** True if it is listed from its first call on: every application has the default HTTP client. */
  readonly isListedWithCalls?: boolean;
}

/** Everything that is counted of one application, and the observers of its calls. */
export class Telemetry implements FigureSettings, TransitionObserver {
  /** The application in channels, exporters and observers. */
  readonly app: object = Object.freeze({});
  private readonly named = new Map<string, Family>();
  private readonly servers = new Map<string, ServerAddress>();
  private observers: readonly CallObserver[] = [];
  private hasDurations = false;
  private hasMostNames = false;

  /**
   * @param options - false if nothing is counted
   * @param isBare - true if nothing is protected, so that there is nothing to tell
   */
  constructor(
    private readonly options: Pick<ResolvedTelemetry, 'maxNames' | 'durations'> | false,
    private readonly events: ResilienceEvents,
    readonly isBare = false,
  ) {
    if (options === false) return;
    if (options.durations === undefined) events.onCallListener = () => this.needDurations();
    this.hasDurations = options.durations === true;
  }

  /** True if something is counted. */
  get isCounting(): boolean {
    return this.options !== false;
  }

  get keepsDurations(): boolean {
    return this.hasDurations;
  }

  /** Keeps durations from now on, unless the options decide about them. */
  needDurations(): void {
    if (this.options !== false) this.hasDurations = this.options.durations ?? true;
  }

  /** True if something observes calls; the engine asks it once per call. */
  get isWatched(): boolean {
    return this.observers.length > 0 || hasCallSubscribers();
  }

  /** Begins to observe a call. */
  trace({ name, policy }: Label, key: string | undefined): CallTrace {
    const { app, events } = this;
    const observers = hasCallSubscribers() ? [...this.observers, channelObserver] : this.observers;
    const call = { app, name, policy, key, attempt: undefined, kind: undefined };
    return new CallTrace(call, { observers, events });
  }

  /** Puts an observer around the calls from now on; returns the function that takes it away. */
  observe(observer: CallObserver): () => void {
    // an object of its own: one observer given twice is two
    const entry: CallObserver = Object.create(observer) as CallObserver;
    this.observers = [...this.observers, entry];
    return () => {
      this.observers = this.observers.filter((one) => one !== entry);
    };
  }

  /** The counters of a family of calls; undefined if nothing is counted. */
  figuresOf(family: CallFamily): CallFigures | undefined {
    return this.options === false ? undefined : this.family(family).calls;
  }

  /** The families that there are, in the order in which they appeared, that of all others last. */
  families(): Family[] {
    const all = [...this.named.values()].filter(({ isListed }) => isListed);
    return [...all.filter(({ name }) => name !== OTHER), ...all.filter(({ name }) => name === OTHER)];
  }

  /** The family of a name; that of all others, once there are too many. */
  family({ name, policy, isListedWithCalls = false }: CallFamily): Family {
    const known = this.named.get(name);
    if (known) return known;
    if (name !== OTHER && !isListedWithCalls && this.isFull()) return this.family({ name: OTHER });
    const made = new Family({ name, policy, isListedWithCalls }, new CallFigures(this));
    this.named.set(name, made);
    return made;
  }

  /** True if further names are counted as others. Families never leave: it is found out once. */
  private isFull(): boolean {
    const { maxNames } = this.options as ResolvedTelemetry;
    this.hasMostNames ||= this.countListed() >= maxNames;
    return this.hasMostNames;
  }

  /** The families that have a place, without that of all others. */
  private countListed(): number {
    let listed = 0;
    for (const { name, isListed } of this.named.values()) if (isListed && name !== OTHER) listed++;
    return listed;
  }

  /** Shows an upstream of the options in figures: its origin is no key. */
  addServer(origin: string): void {
    const { hostname, port, protocol } = new URL(origin);
    const standard = protocol === 'https:' ? 443 : 80;
    this.servers.set(origin, { address: hostname, port: port === '' ? standard : Number(port) });
  }

  serverOf(key: string | undefined): ServerAddress | undefined {
    return key === undefined ? undefined : this.servers.get(key);
  }

  get publishesTransitions(): boolean {
    return transitionChannel.hasSubscribers;
  }

  countTransition(label: Label, to: CircuitState, cause: CircuitTransitionCause): void {
    if (this.isCounting) this.family(label).countTransition(to, cause);
  }

  publishTransition(transition: PublishedTransition): void {
    const { app } = this;
    transitionChannel.publish({ app, ...transition });
  }
}
