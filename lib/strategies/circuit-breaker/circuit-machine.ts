import { isDeepStrictEqual } from 'node:util';
import { errorsWithin, read } from '../../policy/error-chain.js';
import { Guard, REFUSED } from '../guard.js';
import type { CircuitTransitionCause } from '../../events/resilience-event.js';
import { stateName } from '../keyed-state.js';
import { emitTransition } from './circuit-events.js';
import type { CircuitConfig } from './circuit-config.js';
import type { CircuitState } from './circuit-state.js';
import type { Counts } from './outcome-window.js';
import { Recovery } from './recovery.js';

/** Decides and counts, synchronously; it never waits and owns no timer. A permit names the period that issued it. */
export abstract class CircuitMachine extends Guard {
  protected current: CircuitState = 'closed';
  /** Issued to every call of a closed period; each transition and each trial takes a new number. */
  private period = 0;
  private serial = 0;
  protected failuresInARow = 0;
  protected counts: Counts | undefined = undefined;
  /** Only while the circuit is open or half-open: most circuits never are, and there may be many. */
  protected recovery: Recovery | undefined = undefined;
  /** While failures in a row are counted none is kept: its stack would keep the context of a call that has ended. */
  protected lastFailure: unknown = undefined;

  /** Epoch milliseconds at which the circuit left closed or disabled; 0 in these. */
  since = 0;

  constructor(
    public config: CircuitConfig,
    override readonly key?: string,
  ) {
    super();
  }

  /** Applies other options in the same state; a window of another kind starts empty. */
  reconfigure(config: CircuitConfig): void {
    if (!isDeepStrictEqual(config.options.window, this.config.options.window)) this.counts = undefined;
    // the circuit has not measured calls that began before: their period ends
    if (this.current === 'closed' && config.timesUnlike(this.config)) this.period = ++this.serial;
    this.config = config;
  }

  get strategy(): 'circuit' {
    return 'circuit';
  }

  /** `orders`, or `orders[tenant-1]` for a keyed circuit. */
  get name(): string {
    return stateName(this.config.label, this.key);
  }

  /** An open circuit stays `open` until a call is admitted: transitions are lazy. */
  get state(): CircuitState {
    return this.current;
  }

  /** Milliseconds until an open circuit lets a trial through; undefined in every other state. */
  override get retryAfter(): number | undefined {
    if (this.current !== 'open' || !this.recovery) return undefined;
    return Math.max(0, this.recovery.openUntil - this.config.deps.clock.now());
  }

  acquire(): number {
    return this.current === 'closed' ? this.period : this.acquireUnlessClosed();
  }

  /** A success; `startedAt` matters only where slow calls are judged. */
  override succeed(permit: number, startedAt: number): void {
    if (this.current === 'half-open') this.settleTrial(permit, undefined);
    else if (permit !== this.period || this.current !== 'closed') return;
    else if (this.config.judgesRates) this.count(false, undefined, startedAt);
    else this.failuresInARow = 0;
  }

  /** A failure, which counts as `recordAs` says. */
  override fail(permit: number, error: unknown, startedAt: number): void {
    const verdict = this.config.recordAs(error);
    if (verdict === 'success') this.succeed(permit, startedAt);
    else if (verdict === 'ignore') this.release(permit);
    else if (this.current === 'half-open') this.settleTrial(permit, { error });
    else if (permit === this.period && this.current === 'closed') this.count(true, error, startedAt);
  }

  /** Hands a permit back; nothing is counted. */
  override release(permit: number): void {
    const { recovery } = this;
    if (!recovery?.hasTrial(permit) || this.failHungTrials(recovery, undefined)) return;
    recovery.endTrial(permit);
  }

  /** Enters a state as if calls had led to it; for tests. */
  moveTo(state: CircuitState): void {
    this.recovery = undefined;
    if (state === 'open' || state === 'half-open')
      this.open(this.config.deps.clock.now(), undefined, 'manual');
    if (state !== 'open') this.enter(state, 'manual');
  }

  private acquireUnlessClosed(): number {
    const { recovery } = this;
    if (!recovery) return this.current === 'disabled' ? this.period : REFUSED; // else it is forced open
    if (this.current === 'half-open' && this.failHungTrials(recovery, undefined)) return this.acquire();
    const now = this.config.deps.clock.now();
    if (this.current === 'open') {
      if (recovery.isOpenAt(now)) return REFUSED;
      this.enter('half-open', 'trial');
      // a listener may have moved it by hand
      if (this.recovery !== recovery) return this.acquire();
    }
    if (recovery.trialsUnderWay >= this.config.options.halfOpenMaxCalls) return REFUSED;
    const permit = ++this.serial;
    recovery.beginTrial(permit, now);
    return permit;
  }

  private settleTrial(permit: number, failure: { error: unknown } | undefined): void {
    const recovery = this.recovery as Recovery;
    if (!recovery.hasTrial(permit) || this.failHungTrials(recovery, failure)) return;
    recovery.endTrial(permit);
    if (failure) this.open(this.config.deps.clock.now(), failure, 'trial');
    else if (++recovery.successes >= this.config.options.successThreshold) this.enter('closed', 'trial');
  }

  /** Opens the circuit for a hung trial: it failed when its time was over, not at this later look. True if there was one. */
  private failHungTrials(recovery: Recovery, failure: { error: unknown } | undefined): boolean {
    const { oldestTrial } = recovery;
    const hungAt = oldestTrial + this.config.halfOpenTimeout;
    if (oldestTrial === Infinity || this.config.deps.clock.now() < hungAt) return false;
    this.open(hungAt, failure, 'trial');
    return true;
  }

  private count(failed: boolean, error: unknown, startedAt: number): void {
    this.failuresInARow = failed ? this.failuresInARow + 1 : 0;
    // a success may open the circuit by its rate later, and has no error of its own
    if (failed && this.config.judgesRates) this.lastFailure = withoutFrames(error);
    const now = this.config.judgesRates ? this.recordInWindow(failed, startedAt) : 0;
    const rate = this.counts && this.config.exceededRate(this.counts, now);
    const isOver = this.failuresInARow >= this.config.failureThreshold;
    if (rate === undefined && !isOver) return;
    this.open(this.config.deps.clock.now(), { error }, rate ?? 'consecutive');
  }

  private recordInWindow(failed: boolean, startedAt: number): number {
    const { clock, coarse } = this.config.deps;
    const now = failed || this.config.isExact ? clock.now() : coarse.now();
    const slow = now - startedAt >= this.config.slowFrom;
    this.counts = this.config.window.record(this.counts, { failed, slow }, now);
    return now;
  }

  private open(since: number, failure: { error: unknown } | undefined, cause: CircuitTransitionCause): void {
    if (failure?.error !== undefined) this.lastFailure = withoutFrames(failure.error);
    this.recovery ??= new Recovery();
    this.recovery.open(this.config, since, failure?.error);
    this.enter('open', cause);
  }

  protected enter(state: CircuitState, cause: CircuitTransitionCause): void {
    const { current: from, failuresInARow, counts, lastFailure } = this;
    this.current = state;
    this.period = ++this.serial;
    if (isCalm(state)) this.since = 0;
    else if (isCalm(from)) this.since = this.config.deps.clock.wallNow();
    if (state !== 'open' && state !== 'half-open') this.recovery = undefined;
    if (state === 'closed') {
      this.counts = undefined;
      this.failuresInARow = 0;
      this.lastFailure = undefined;
    }
    if (from !== state) emitTransition(this, { from, cause, failuresInARow, counts, error: lastFailure });
  }
}

/** True for the states in which calls are let through and no trial is waited for. */
const isCalm = (state: CircuitState) => state === 'closed' || state === 'disabled';

/**
 * The same error, with the stacks of it, its causes and its members written down. Until then V8 keeps the frames of a stack, and
 * with them the async context of a call that has ended.
 */
function withoutFrames(error: unknown): unknown {
  for (const link of errorsWithin(error)) read(link, 'stack');
  return error;
}
