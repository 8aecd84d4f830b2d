import type { CallOutcome } from '../events/resilience-event.js';
import type { ResilienceEvents } from '../events/resilience-events.js';
import type { AttemptKind, AttemptOutcome, FamilyDetail } from './figures.js';

/**
 * Takes the figures of an application to where people look at them: what `forRoot({ telemetry: { exporters: [...] } })` takes. An
 * exporter reads when it is asked for numbers, and costs a call nothing: the library counts by itself.
 *
 * One exporter may be given to several applications; `source.app` tells them apart.
 *
 * @example
 * ```ts
 * const toConsole: ResilienceExporter = {
 *   start({ collect }) {
 *     const timer = setInterval(() => console.log(JSON.stringify(collect())), 60_000);
 *     return () => clearInterval(timer);
 *   },
 * };
 * ```
 * @public
 */
export interface ResilienceExporter {
  /**
   * Called once per application, when its options have been found right and before its first call. An error ends the start of
   * the application.
   *
   * @returns the function that ends the export; called when the application has closed. It may read the last figures. What it
   * throws is logged.
   */
  start(source: TelemetrySource): void | (() => void | Promise<void>);
}

/** One application, as an exporter sees it. @public */
export interface TelemetrySource {
  /** The application: an object without content that is the same for its figures, its channels and its exporters. */
  readonly app: object;
  /** The events; listeners run in the async context of the call that they tell of. */
  readonly events: ResilienceEvents;
  /** Reads the figures of this moment, in the order in which families appeared. Changes nothing. */
  readonly collect: () => FamilyDetail[];
  /**
   * Puts an observer around each call and attempt from now on, for spans; while there is one, calls cost a few microseconds more.
   *
   * @returns the function that takes it away again
   */
  readonly observe: (observer: CallObserver) => () => void;
}

/** A call under way, as observers and the channel `breakwater.call` see it; one object from its beginning to its end. @public */
export interface ObservedCall {
  /** The application, as in {@link TelemetrySource}. */
  readonly app: object;
  /** The family of the call. */
  readonly name: string;
  /** Name of the policy, where one is used. */
  readonly policy: string | undefined;
  /** Key of the call, where there is one: a tenant, an origin. */
  readonly key: string | undefined;
  /** Attempts that the call has made; known at its end. */
  attempt: number | undefined;
  /** Undefined: a call is of no kind. */
  readonly kind: undefined;
  /** Set at the end: what the caller got. */
  outcome?: CallOutcome;
  /** Set at the end, if the caller got an error. An error that a retry has mended is not told here. */
  error?: unknown;
}

/** An attempt under way, as observers and the channel `breakwater.attempt` see it; one object from beginning to end. @public */
export interface ObservedAttempt {
  /** The application, as in {@link TelemetrySource}. */
  readonly app: object;
  /** The family of the call. */
  readonly name: string;
  /** Name of the policy, where one is used. */
  readonly policy: string | undefined;
  /** Key of the call, where there is one. */
  readonly key: string | undefined;
  /** Number of the attempt, from 1, hedges included. */
  readonly attempt: number;
  /** The reason why it was made. */
  readonly kind: AttemptKind;
  /** Set at the end. */
  outcome?: AttemptOutcome;
  /** Set at the end, if the attempt did not succeed. */
  error?: unknown;
}

/**
 * Sees each call and each attempt while it runs: for spans. `runCall` and `runAttempt` have to call `run` exactly once, at once,
 * and return its result, which never throws: `context.with(span, run)`. What `run` does, and everything that follows from it,
 * happens in the async context that they set. Attempts run within the context of their call; a rejected call has no attempt.
 *
 * An observer that throws does not touch the call: the error is logged.
 * @public
 */
export interface CallObserver {
  /** Runs a call: its waits, attempts, hooks and its fallback. */
  runCall?<T>(call: ObservedCall, run: () => T): T;
  /** Called once the call is over, with `outcome`, and `error` if its caller got one. */
  callEnded?(call: ObservedCall): void;
  /** Runs the body of an attempt. */
  runAttempt?<T>(attempt: ObservedAttempt, run: () => T): T;
  /** Called once the attempt is over for its call, with `outcome` and `error`. The body may still run after a time limit. */
  attemptEnded?(attempt: ObservedAttempt): void;
}
