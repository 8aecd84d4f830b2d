import { classifyFailure } from '../../failures/classify-failure.js';
import { isControlFlow } from '../../failures/explain-failure.js';
import type { ClassifyFailure } from '../../failures/classify-failure.js';
import { parseServerDelay } from '../../policy/server-delay.js';
import type { Label } from '../label.js';
import type { StateConfig, StateDeps } from '../keyed-state.js';
import type { RecordAs, ResolvedCircuitBreaker } from './circuit-breaker.options.js';
import { CountWindow } from './count-window.js';
import type { Counts, OutcomeWindow } from './outcome-window.js';
import { recordFailureAs } from './record-as.js';
import { TimeWindow } from './time-window.js';
import type { TransitionObserver } from './transition-observer.js';

/** The services of the application that circuits use. */
export interface CircuitDeps extends StateDeps {
  readonly classify: ClassifyFailure;
  readonly transitions?: TransitionObserver | undefined;
}

const DEFAULT_THRESHOLD = 5;
const DEFAULT_MINIMUM_CALLS = 10;
/** A tick of the coarse clock is a hundredth of it. */
const LEAST_COARSE_WINDOW = 1000;

/** The thresholds whose defaults depend on other options. */
export function thresholdsOf(options: ResolvedCircuitBreaker) {
  const { failureRate, slowCallRate, window } = options;
  const judgesRates = failureRate !== undefined || slowCallRate !== undefined;
  const atMost = typeof window === 'number' ? Infinity : window.calls;
  return {
    judgesRates,
    failureThreshold: options.failureThreshold ?? (judgesRates ? Infinity : DEFAULT_THRESHOLD),
    minimumCalls: options.minimumCalls ?? Math.min(DEFAULT_MINIMUM_CALLS, atMost),
    halfOpenTimeout: options.halfOpenTimeout ?? options.recoveryTimeout,
  };
}

/** The options of a circuit, worked out once for all circuits that share them; it has no state. */
export class CircuitConfig implements StateConfig {
  /** Failures in a row that open the circuit; Infinity if rates alone decide. */
  readonly failureThreshold: number;
  readonly judgesRates: boolean;
  /** From this many milliseconds on a call is slow; Infinity if that is not judged. */
  readonly slowFrom: number;
  /** True if the moment of a success has to be known exactly, and not only to one tick of the coarse clock. */
  readonly isExact: boolean;
  readonly minimumCalls: number;
  readonly window: OutcomeWindow;
  readonly halfOpenTimeout: number;

  constructor(
    readonly label: Label,
    readonly options: ResolvedCircuitBreaker,
    readonly deps: CircuitDeps,
  ) {
    const { slowCallRate, window } = options;
    const { judgesRates, failureThreshold, minimumCalls, halfOpenTimeout } = thresholdsOf(options);
    this.judgesRates = judgesRates;
    this.failureThreshold = failureThreshold;
    this.minimumCalls = minimumCalls;
    this.halfOpenTimeout = halfOpenTimeout;
    this.slowFrom = slowCallRate === undefined ? Infinity : (options.slowCallDuration ?? Infinity);
    this.isExact = this.slowFrom !== Infinity || (typeof window === 'number' && window < LEAST_COARSE_WINDOW);
    this.window = windowOf(window);
  }

  /** True if this config judges how long calls take, and the one before did not. */
  timesUnlike(before: CircuitConfig): boolean {
    return this.slowFrom !== Infinity && before.slowFrom === Infinity;
  }

  /** The share in the window that says that the circuit has to open, if one does. */
  exceededRate(counts: Counts, now: number): 'failure-rate' | 'slow-rate' | undefined {
    const { failureRate, slowCallRate } = this.options;
    const { calls, failures, slow } = this.window.totals(counts, now);
    if (calls < this.minimumCalls) return undefined;
    if (failures / calls >= (failureRate ?? Infinity)) return 'failure-rate';
    return slow / calls >= (slowCallRate ?? Infinity) ? 'slow-rate' : undefined;
  }

  /**
   * Computes the moment until which the circuit stays open at its n-th re-opening in a row. It stays open for the
   * recovery timeout from `since` on, and for the failure's Retry-After from now on.
   */
  openUntil(reopenings: number, since: number, error: unknown): number {
    const { recoveryTimeout, recoveryMultiplier, maxRecoveryTimeout } = this.options;
    const { clock } = this.deps;
    const longest = Math.max(recoveryTimeout, maxRecoveryTimeout);
    const grown = Math.min(longest, recoveryTimeout * recoveryMultiplier ** reopenings);
    const asked = error === undefined ? undefined : parseServerDelay(error, clock.wallNow());
    if (asked === undefined) return since + grown;
    return Math.max(since + grown, clock.now() + Math.min(longest, asked));
  }

  /**
   * Decides the way in which an error counts. If the user's function throws, the circuit reports that and applies the
   * default rule.
   */
  recordAs(error: unknown): RecordAs {
    if (isControlFlow(error)) return 'ignore';
    const { classify, events } = this.deps;
    try {
      return this.options.recordAs?.(error) ?? recordFailureAs(error, classify);
    } catch (thrown) {
      events.report(`recordAs or classify of circuit '${this.label.name}'`, thrown);
      return recordFailureAs(error, classifyFailure);
    }
  }
}

function windowOf(window: ResolvedCircuitBreaker['window']): OutcomeWindow {
  return typeof window === 'number' ? new TimeWindow(window) : new CountWindow(window.calls);
}
