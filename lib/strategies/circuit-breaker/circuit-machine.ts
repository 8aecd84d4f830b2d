import { announceTransition } from './circuit-events.js';
import type { CircuitPlan } from './circuit-plan.js';
import { REFUSED } from './circuit-state.js';
import type { CircuitState } from './circuit-state.js';
import type { OutcomeWindow } from './outcome-window.js';
import { Trials } from './trials.js';

/** Decides and counts, synchronously; it never waits and owns no timer. A permit names the period that issued it. */
export class CircuitMachine {
  protected current: CircuitState = 'closed';
  /** Issued to every call of a closed period; each transition and each trial takes a new number. */
  private period = 0;
  private serial = 0;
  protected failuresInARow = 0;
  protected window: OutcomeWindow | undefined;
  private trials: Trials | undefined;
  protected openUntil = 0;
  private reopenings = 0;
  protected lastFailure: unknown;

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

  /** Milliseconds until an open circuit lets a trial through; undefined in every other state. */
  get retryAfter(): number | undefined {
    return this.current === 'open' ? Math.max(0, this.openUntil - this.plan.tools.clock.now()) : undefined;
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

  /** A hung trial failed when its time was over, not now that somebody looks. */
  private failHungTrials(trials: Trials, now: number): void {
    const hungAt = trials.oldest + this.plan.halfOpenTimeout;
    if (now >= hungAt) this.reopen(undefined, hungAt);
  }

  private settleTrial(permit: number, failure: { error: unknown } | undefined): void {
    const trials = this.trials;
    const startedAt = trials?.end(permit);
    if (!trials || startedAt === undefined) return;
    const now = this.plan.tools.clock.now();
    const hungAt = startedAt + this.plan.halfOpenTimeout;
    if (now >= hungAt) this.reopen(failure, hungAt);
    else if (failure) this.reopen(failure, now);
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

  private reopen(failure: { error: unknown } | undefined, since: number): void {
    if (failure) this.lastFailure = failure.error;
    this.openUntil = since + this.plan.recoveryTimeout(++this.reopenings, failure?.error);
    this.enter('open');
  }

  protected close(): void {
    this.reopenings = 0;
    this.lastFailure = undefined;
    this.enter('closed');
  }

  protected enter(state: CircuitState): void {
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
