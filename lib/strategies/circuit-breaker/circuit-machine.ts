import { isDeepStrictEqual } from 'node:util';
import { stateName } from '../state-family.js';
import { announceTransition } from './circuit-events.js';
import type { CircuitPlan } from './circuit-plan.js';
import { REFUSED } from './circuit-state.js';
import type { CircuitState } from './circuit-state.js';
import type { Counts } from './outcome-window.js';
import { Recovery } from './recovery.js';

/** Decides and counts, synchronously; it never waits and owns no timer. A permit names the period that issued it. */
export class CircuitMachine {
  protected current: CircuitState = 'closed';
  /** Issued to every call of a closed period; each transition and each trial takes a new number. */
  private period = 0;
  private serial = 0;
  protected failuresInARow = 0;
  protected counts: Counts | undefined = undefined;
  /** Only while the circuit is open or half-open: most circuits never are, and there may be many. */
  protected recovery: Recovery | undefined = undefined;
  protected lastFailure: unknown = undefined;

  constructor(
    public plan: CircuitPlan,
    readonly key?: string,
  ) {}

  /** Other options from now on, in the same state; a window of another kind starts empty. */
  adopt(plan: CircuitPlan): void {
    if (!isDeepStrictEqual(plan.options.window, this.plan.options.window)) this.counts = undefined;
    // of calls that began before nobody knows how long they take
    if (this.current === 'closed' && plan.timesUnlike(this.plan)) this.period = ++this.serial;
    this.plan = plan;
  }

  /** `orders`, or `orders[tenant-1]` for a keyed circuit. */
  get name(): string {
    return stateName(this.plan.label, this.key);
  }

  /** An open circuit stays `open` until a call is admitted: transitions are lazy. */
  get state(): CircuitState {
    return this.current;
  }

  /** Milliseconds until an open circuit lets a trial through; undefined in every other state. */
  get retryAfter(): number | undefined {
    if (this.current !== 'open' || !this.recovery) return undefined;
    return Math.max(0, this.recovery.openUntil - this.plan.tools.clock.now());
  }

  /** Asked before an attempt: a permit for {@link settle}, or {@link REFUSED}. */
  admit(): number {
    return this.current === 'closed' ? this.period : this.admitUnlessOpen();
  }

  /** A success; `startedAt` matters only where slow calls are judged. */
  succeed(permit: number, startedAt: number): void {
    if (this.current === 'half-open') this.settleTrial(permit, undefined);
    else if (permit !== this.period || this.current !== 'closed') return;
    else if (this.plan.judgesRates) this.count(false, undefined, startedAt);
    else this.failuresInARow = 0;
  }

  /** A failure, which counts as `recordAs` says. */
  fail(permit: number, error: unknown, startedAt: number): void {
    const verdict = this.plan.recordAs(error);
    if (verdict === 'success') this.succeed(permit, startedAt);
    else if (verdict === 'ignore') this.release(permit);
    else if (this.current === 'half-open') this.settleTrial(permit, { error });
    else if (permit === this.period && this.current === 'closed') this.count(true, error, startedAt);
  }

  /** Hands a permit back; nothing is counted. */
  release(permit: number): void {
    const { recovery } = this;
    if (!recovery?.hasTrial(permit) || this.failHungTrials(recovery, undefined)) return;
    recovery.endTrial(permit);
  }

  /** Enters a state as if calls had led to it; for tests. */
  moveTo(state: CircuitState): void {
    this.recovery = undefined;
    if (state === 'open' || state === 'half-open') this.open(this.plan.tools.clock.now(), undefined);
    if (state !== 'open') this.enter(state);
  }

  private admitUnlessOpen(): number {
    const { recovery } = this;
    if (!recovery) return this.current === 'disabled' ? this.period : REFUSED; // else it is forced open
    if (this.current === 'half-open' && this.failHungTrials(recovery, undefined)) return this.admit();
    const now = this.plan.tools.clock.now();
    if (this.current === 'open') {
      if (recovery.isOpenAt(now)) return REFUSED;
      this.enter('half-open');
      // a listener may have moved it by hand
      if (this.recovery !== recovery) return this.admit();
    }
    if (recovery.trialsUnderWay >= this.plan.options.halfOpenMaxCalls) return REFUSED;
    const permit = ++this.serial;
    recovery.beginTrial(permit, now);
    return permit;
  }

  private settleTrial(permit: number, failure: { error: unknown } | undefined): void {
    const recovery = this.recovery as Recovery;
    if (!recovery.hasTrial(permit) || this.failHungTrials(recovery, failure)) return;
    recovery.endTrial(permit);
    if (failure) this.open(this.plan.tools.clock.now(), failure);
    else if (++recovery.successes >= this.plan.options.successThreshold) this.enter('closed');
  }

  /** A hung trial failed when its time was over, not now that somebody looks. True if there was one. */
  private failHungTrials(recovery: Recovery, failure: { error: unknown } | undefined): boolean {
    const { oldestTrial } = recovery;
    const hungAt = oldestTrial + this.plan.halfOpenTimeout;
    if (oldestTrial === Infinity || this.plan.tools.clock.now() < hungAt) return false;
    this.open(hungAt, failure);
    return true;
  }

  private count(failed: boolean, error: unknown, startedAt: number): void {
    this.failuresInARow = failed ? this.failuresInARow + 1 : 0;
    if (failed) this.lastFailure = error;
    const now = this.plan.judgesRates ? this.recordInWindow(failed, startedAt) : 0;
    const isOver = this.counts !== undefined && this.plan.isOverRate(this.counts, now);
    if (!isOver && this.failuresInARow < this.plan.failureThreshold) return;
    this.open(this.plan.tools.clock.now(), { error });
  }

  private recordInWindow(failed: boolean, startedAt: number): number {
    const { clock, coarse } = this.plan.tools;
    const now = failed || this.plan.isExact ? clock.now() : coarse.now();
    const slow = now - startedAt >= this.plan.slowFrom;
    this.counts = this.plan.window.record(this.counts, { failed, slow }, now);
    return now;
  }

  private open(since: number, failure: { error: unknown } | undefined): void {
    if (failure?.error !== undefined) this.lastFailure = failure.error;
    this.recovery ??= new Recovery();
    this.recovery.open(this.plan, since, failure?.error);
    this.enter('open');
  }

  protected enter(state: CircuitState): void {
    const from = this.current;
    this.current = state;
    this.period = ++this.serial;
    if (state !== 'open' && state !== 'half-open') this.recovery = undefined;
    if (state === 'closed') {
      this.counts = undefined;
      this.failuresInARow = 0;
      this.lastFailure = undefined;
    }
    if (from !== state) announceTransition(this, from, this.lastFailure);
  }
}
