import { CircuitOpenException } from '../../exceptions/rejection.exceptions.js';
import { withoutStack } from '../../exceptions/resilience.exception.js';
import { announceRejection, announceTransition } from './circuit-events.js';
import type { CircuitPlan } from './circuit-plan.js';
import type { CircuitMetrics, CircuitSnapshot, CircuitState } from './circuit-state.js';
import type { OutcomeWindow } from './outcome-window.js';
import { Trials } from './trials.js';

/** What `admit` answers instead of a permit. */
export const REFUSED = -1;

/**
 * One circuit breaker. It decides and counts, synchronously; it never waits and owns no timer. A permit names
 * the period, or the trial, that issued it: a result that arrives after a transition counts nowhere.
 */
export class Circuit {
  private current: CircuitState = 'closed';
  /** Issued to every call of a closed period; each transition and each trial takes a new number. */
  private period = 0;
  private serial = 0;
  private failuresInARow = 0;
  private refusals = 0;
  private window: OutcomeWindow | undefined;
  private trials: Trials | undefined;
  private openUntil = 0;
  private reopenings = 0;
  private lastFailure: unknown;

  constructor(
    /** @internal */ readonly plan: CircuitPlan,
    /** @internal */ readonly key?: string,
  ) {}

  /** `orders`, or `orders[tenant-1]` for a keyed circuit. */
  get name(): string {
    const { name } = this.plan.label;
    return this.key === undefined ? name : `${name}[${this.key}]`;
  }

  /** An open circuit stays `open` until a call is admitted: transitions are lazy. */
  get state(): CircuitState {
    return this.current;
  }

  /** The figures of this moment. */
  get metrics(): CircuitMetrics {
    const now = this.plan.judgesRates ? this.plan.tools.clock.now() : 0;
    const { calls, failures, slow } = this.window?.totals(now) ?? { calls: 0, failures: 0, slow: 0 };
    return {
      consecutiveFailures: this.failuresInARow,
      calls,
      failures,
      slowCalls: slow,
      failureRate: calls === 0 ? 0 : failures / calls,
      slowCallRate: calls === 0 ? 0 : slow / calls,
      rejected: this.refusals,
    };
  }

  /** Milliseconds until an open circuit lets a trial through; undefined in every other state. */
  get retryAfter(): number | undefined {
    return this.current === 'open' ? Math.max(0, this.openUntil - this.plan.tools.clock.now()) : undefined;
  }

  /** The circuit as plain JSON. */
  snapshot(): CircuitSnapshot {
    const { name, state, metrics, retryAfter } = this;
    return { name, state, metrics, ...(retryAfter === undefined ? {} : { retryAfter }) };
  }

  /** Refuses every call until `reset()`. */
  forceOpen(): void {
    this.enter('forced-open');
  }

  /** Lets every call through and counts nothing until `reset()`. */
  disable(): void {
    this.enter('disabled');
  }

  /** Closes the circuit and forgets what was counted; calls under way no longer count. */
  reset(): void {
    this.close();
  }

  /** @internal Asked before an attempt: a permit for {@link settle}, or {@link REFUSED}. */
  admit(): number {
    return this.current === 'closed' ? this.period : this.admitUnlessOpen();
  }

  /** @internal A success; `startedAt` matters only where slow calls are judged. */
  succeed(permit: number, startedAt: number): void {
    if (this.current === 'half-open') this.settleTrial(permit, undefined);
    else if (permit === this.period && this.current === 'closed') this.count(false, undefined, startedAt);
  }

  /** @internal A failure, which counts as `recordAs` says. */
  fail(permit: number, error: unknown, startedAt: number): void {
    const verdict = this.plan.recordAs(error);
    if (verdict === 'success') this.succeed(permit, startedAt);
    else if (verdict === 'ignore') this.release(permit);
    else if (this.current === 'half-open') this.settleTrial(permit, { error });
    else if (permit === this.period && this.current === 'closed') this.count(true, error, startedAt);
  }

  /** @internal Hands a permit back; nothing is counted. */
  release(permit: number): void {
    this.trials?.end(permit);
  }

  /** @internal What a refused call is told; counts and announces it. */
  refuse(cause: unknown): CircuitOpenException {
    this.refusals++;
    const { name: circuit, retryAfter } = this;
    announceRejection(this);
    return withoutStack(
      () => new CircuitOpenException({ circuit, retryAfter, cause: cause ?? this.lastFailure }),
    );
  }

  /** @internal True if a call made `delay` milliseconds from now would surely be refused. */
  isOpenAfter(delay: number): boolean {
    if (this.current === 'forced-open') return true;
    return this.current === 'open' && this.openUntil > this.plan.tools.clock.now() + delay;
  }

  private admitUnlessOpen(): number {
    if (this.current === 'disabled') return this.period;
    if (this.current === 'forced-open') return REFUSED;
    const now = this.plan.tools.clock.now();
    if (this.trials) this.failHungTrials(this.trials, now);
    if (this.current === 'open') {
      if (now < this.openUntil) return REFUSED;
      this.enter('half-open');
    }
    return this.admitTrial(now);
  }

  private admitTrial(now: number): number {
    const trials = (this.trials ??= new Trials());
    if (trials.underWay >= this.plan.options.halfOpenMaxCalls) return REFUSED;
    const permit = ++this.serial;
    trials.begin(permit, now);
    return permit;
  }

  private failHungTrials(trials: Trials, now: number): void {
    const hungAt = trials.oldest + this.plan.halfOpenTimeout;
    // it failed when its time was over, not now that somebody looks
    if (now >= hungAt) this.reopen(this.lastFailure, hungAt, undefined);
  }

  private settleTrial(permit: number, failure: { error: unknown } | undefined): void {
    const trials = this.trials;
    const startedAt = trials?.end(permit);
    if (!trials || startedAt === undefined) return;
    const now = this.plan.tools.clock.now();
    const hungAt = startedAt + this.plan.halfOpenTimeout;
    if (now >= hungAt) this.reopen(failure?.error, hungAt, undefined);
    else if (failure) this.reopen(failure.error, now, failure.error);
    else if (++trials.successes >= this.plan.options.successThreshold) this.close();
  }

  private count(failed: boolean, error: unknown, startedAt: number): void {
    this.failuresInARow = failed ? this.failuresInARow + 1 : 0;
    if (failed) this.lastFailure = error;
    const now = this.plan.judgesRates ? this.recordInWindow(failed, startedAt) : 0;
    const isOver = this.window !== undefined && this.plan.isOverRate(this.window, now);
    if (isOver || this.failuresInARow >= this.plan.failureThreshold) this.open(error);
  }

  private recordInWindow(failed: boolean, startedAt: number): number {
    const { clock, coarse } = this.plan.tools;
    const isTimed = failed || this.plan.slowFrom !== Infinity;
    const now = isTimed ? clock.now() : coarse.now();
    this.window ??= this.plan.newWindow();
    this.window.record(failed, now - startedAt >= this.plan.slowFrom, now);
    return now;
  }

  private open(error: unknown): void {
    this.openUntil = this.plan.tools.clock.now() + this.plan.recoveryTimeout(0, error);
    this.enter('open');
  }

  private reopen(lastFailure: unknown, since: number, error: unknown): void {
    this.lastFailure = lastFailure;
    this.openUntil = since + this.plan.recoveryTimeout(++this.reopenings, error);
    this.enter('open');
  }

  private close(): void {
    this.reopenings = 0;
    this.lastFailure = undefined;
    this.enter('closed');
  }

  private enter(state: CircuitState): void {
    const from = this.current;
    this.current = state;
    this.period = ++this.serial;
    this.trials = undefined;
    if (state === 'closed') {
      this.window = undefined;
      this.failuresInARow = 0;
    }
    if (from !== state) announceTransition(this, from, this.lastFailure);
  }
}
