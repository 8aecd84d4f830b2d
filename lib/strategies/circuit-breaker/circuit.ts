import { CircuitOpenException } from '../../exceptions/rejection.exceptions.js';
import type { State } from '../keyed-state.js';
import { emitRejection } from './circuit-events.js';
import { CircuitMachine } from './circuit-machine.js';
import type { CircuitConfig } from './circuit-config.js';
import type { CircuitMetrics, CircuitSnapshot, Circuit as PublicCircuit } from './circuit-state.js';

/** The counts of a window that has counted nothing. */
const EMPTY_COUNTS = [0, 0, 0, 0];

/** A circuit, as an application sees it and as the pipeline asks it. */
export class Circuit extends CircuitMachine implements State<CircuitConfig>, PublicCircuit {
  private refusals = 0;

  /** True for a closed circuit: dropping any other would let the calls through that it keeps away. */
  get isIdle(): boolean {
    return this.current === 'closed';
  }

  override get isAskedAgain(): boolean {
    return true;
  }

  /** True if slow calls are judged. */
  override get isTimed(): boolean {
    return this.config.slowFrom !== Infinity;
  }

  get metrics(): CircuitMetrics {
    const now = this.config.judgesRates ? this.config.deps.clock.now() : 0;
    const { calls, failures, slow } = this.config.window.totals(this.counts ?? EMPTY_COUNTS, now);
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

  /** The failure that was seen last; undefined where none was, or none is kept. */
  get lastError(): unknown {
    return this.lastFailure;
  }

  snapshot(): CircuitSnapshot {
    const { name, state, metrics, retryAfter } = this;
    return { name, state, metrics, ...(retryAfter === undefined ? {} : { retryAfter }) };
  }

  forceOpen(): void {
    this.enter('forced-open', 'manual');
  }

  disable(): void {
    this.enter('disabled', 'manual');
  }

  reset(): void {
    this.enter('closed', 'manual');
  }

  /** Makes the exception of a call that the circuit has just refused, counts the refusal and emits its event. */
  refuse(cause: unknown): CircuitOpenException {
    this.refusals++;
    const { name: circuit } = this;
    const retryAfter = this.current === 'open' ? this.recovery?.timeLeft : undefined;
    emitRejection(this);
    return new CircuitOpenException({ circuit, retryAfter, cause: cause ?? this.lastFailure });
  }

  override willRefuseAfter(delay: number): boolean {
    if (this.current !== 'open' || !this.recovery) return this.current === 'forced-open';
    const now = this.config.deps.clock.now();
    return this.recovery.isOpenAt(now) && this.recovery.timeLeft > delay;
  }

  /** A stream may never end: a trial has its answer with the first value, and it is known whether the call is slow. */
  override answer(permit: number, startedAt: number): boolean {
    if (this.current === 'closed' && !this.isTimed) return false;
    this.succeed(permit, startedAt);
    return true;
  }
}
