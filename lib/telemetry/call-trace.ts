import type { CallOutcome } from '../events/resilience-event.js';
import type { ResilienceEvents } from '../events/resilience-events.js';
import type { CallObserver, ObservedAttempt, ObservedCall } from './exporter.js';
import type { AttemptKind, AttemptOutcome } from './figures.js';

/** The observers of one call, and the errors of theirs that are reported. */
export interface Observation {
  readonly observers: readonly CallObserver[];
  readonly events: ResilienceEvents;
}

/** A call that observers see. There is none where nothing observes. */
export class CallTrace {
  private hasBegun = false;
  /** The first attempt, if its body had to run before its call. */
  private early: AttemptTrace | undefined = undefined;

  constructor(
    private readonly call: ObservedCall,
    private readonly observation: Observation,
  ) {}

  /** Runs the call in the async context that observers set; a call that has begun already goes on in that of its caller. */
  run<T>(run: () => T): T {
    if (this.hasBegun) return run();
    this.hasBegun = true;
    return runWithin(this.observation, 'runCall', this.call, run);
  }

  /** Begins to observe an attempt of the call. */
  attempt(number: number, kind: AttemptKind, key = this.call.key): AttemptTrace {
    const { early } = this;
    this.early = undefined;
    return early ?? this.newAttempt(number, kind, key);
  }

  /** Begins to observe the first attempt before its call is made: it shows the form of the result. */
  beginEarly(): AttemptTrace {
    return (this.early = this.newAttempt(1, 'first', this.call.key));
  }

  /** Tells the observers that the call is over. */
  end(outcome: CallOutcome, attempts: number, error: unknown): void {
    const { call } = this;
    call.outcome = outcome;
    call.attempt = attempts;
    if (outcome !== 'success' && outcome !== 'fallback') call.error = error;
    tell(this.observation, (observer) => observer.callEnded?.(call));
  }

  /** Ends a call whose only run has shown that its method is synchronous: nothing protects it. */
  endEarly(thrown?: { readonly error: unknown }): void {
    const outcome = thrown ? 'failure' : 'success';
    this.attempt(1, 'first').end(outcome, thrown?.error);
    this.end(outcome, 1, thrown?.error);
  }

  private newAttempt(attempt: number, kind: AttemptKind, key: string | undefined): AttemptTrace {
    const { app, name, policy } = this.call;
    return new AttemptTrace({ app, name, policy, key, attempt, kind }, this.observation);
  }
}

/** An attempt that observers see. */
export class AttemptTrace {
  private hasBegun = false;

  constructor(
    private readonly attempt: ObservedAttempt,
    private readonly observation: Observation,
  ) {}

  /** Runs the body in the async context that observers set, unless it has run already. */
  run<T>(run: () => T): T {
    if (this.hasBegun) return run();
    this.hasBegun = true;
    return runWithin(this.observation, 'runAttempt', this.attempt, run);
  }

  /** Tells the observers that the attempt is over. */
  end(outcome: AttemptOutcome, error?: unknown): void {
    const { attempt } = this;
    attempt.outcome = outcome;
    if (outcome !== 'success') attempt.error = error;
    tell(this.observation, (observer) => observer.attemptEnded?.(attempt));
  }
}

type Run = <T>(observed: object, run: () => T) => T;

/** Runs something within all observers, the first one outermost. Each is given a function that runs once and never throws. */
function runWithin<T>(
  { observers, events }: Observation,
  how: 'runCall' | 'runAttempt',
  observed: object,
  run: () => T,
): T {
  let result: T | undefined;
  let thrown: { readonly error: unknown } | undefined;
  const innermost = () => {
    try {
      result = run();
    } catch (error) {
      thrown = { error };
    }
    return result;
  };
  observers.reduceRight<() => T | undefined>((inner, observer) => {
    if (!observer[how]) return inner;
    const runOnce = once(inner);
    return () => {
      events.guard(
        `${how} of an observer`,
        () => void (observer as Record<typeof how, Run>)[how](observed, runOnce),
      );
      // an observer that has failed before
      return runOnce();
    };
  }, innermost)();
  if (thrown) throw thrown.error;
  return result as T;
}

function once<T>(run: () => T): () => T {
  let ran: { readonly result: T } | undefined;
  return () => (ran ??= { result: run() }).result;
}

function tell({ observers, events }: Observation, notice: (observer: CallObserver) => void): void {
  for (const observer of observers) events.guard('The end of an observed call', () => notice(observer));
}
