import type { Clock } from '../../clock/clock.js';
import type { CircuitFamily } from '../../strategies/circuit-breaker/circuit-breaker-registry.js';
import { Circuit } from '../../strategies/circuit-breaker/circuit.js';
import { REFUSED } from '../../strategies/guard.js';
import type { Guard } from '../../strategies/guard.js';
import type { CallFigures } from '../../telemetry/call-figures.js';
import type { InterruptedBy, Outcome } from '../outcome.js';
import { refuse } from './refuse.js';

/** The permits that a call keeps while it waits, and the guards that it asks again after it. */
export interface WaitingPermits {
  readonly kept: Permit | undefined;
  readonly askedAgain: readonly Guard[];
}

const NO_PERMITS_HELD: WaitingPermits = { kept: undefined, askedAgain: [] };

/** The slot of an attempt: a connection that it may use, and that a body may need for longer than the attempt. */
export interface AttemptSlot {
  /** Keeps the slot, also once the attempt is over. */
  hold(): void;
  /** Gives it back, as far as this holder is concerned. */
  letGo(): void;
  /**
   * Gives the slot back and takes that of another place, for an attempt that goes on there. The promise, if there is one, is
   * the wait for its turn; throws the refusal of the other place.
   */
  goTo(place: Guard, figures?: CallFigures): Promise<void> | undefined;
}

/** The call of an attempt that goes on elsewhere. */
interface MovingCall {
  readonly clock: Clock;
  readonly lastError: unknown;
  /** The counters of its family. */
  readonly figures?: CallFigures | undefined;
}

/**
 * The permission of one guard, and of those before it, for one attempt. It goes back once, with the outcome of the attempt;
 * its number names the period of the guard that issued it, so that a late result never counts in a newer one.
 */
export class Permit {
  /** True if the guard has counted the first value of a stream as the outcome. */
  private isAnswered = false;
  /** Moment at which the body began to run, where {@link isTimed}. */
  startedAt = 0;

  constructor(
    public guard: Guard | undefined,
    protected number: number,
    protected readonly before: Permit | undefined,
  ) {}

  /** The permit of a slot among those of the attempt, if there is one. */
  get slot(): AttemptSlot | undefined {
    return this.before?.slot;
  }

  /** True if a guard wants to know how long the attempt takes. */
  get isTimed(): boolean {
    return this.guard?.isTimed === true || this.before?.isTimed === true;
  }

  /** Sets the moment at which the body begins to run. */
  beginAt(now: number): void {
    this.startedAt = now;
    this.before?.beginAt(now);
  }

  /** Settles the permit of an attempt that has succeeded. */
  succeed(): void {
    const { guard, before } = this;
    if (guard !== undefined) {
      if (this.isAnswered) guard.release(this.number);
      else guard.succeed(this.number, this.startedAt);
    }
    if (before !== undefined) before.succeed();
  }

  /** Settles the permit of an attempt that has failed. */
  fail(error: unknown): void {
    this.guard?.fail(this.number, error, this.startedAt);
    this.before?.fail(error);
  }

  /** Hands the permit back after an attempt that says nothing of the upstream. */
  release(): void {
    this.guard?.release(this.number);
    this.before?.release();
  }

  /** Cancels the permit of an attempt that did not run, as if the guards had not been asked. */
  cancel(): void {
    this.guard?.cancel(this.number);
    this.before?.cancel();
  }

  /** Reports the first value of a stream: a trial has its answer, although the stream may never end. */
  answer(): void {
    if (this.guard !== undefined) this.isAnswered = this.guard.answer(this.number, this.startedAt);
    this.before?.answer();
  }

  /**
   * Settles the permit of an interrupted attempt. A caller that leaves says nothing of the upstream; an attempt that
   * ran out of time does, unless it was not concerned with the upstream.
   */
  interrupt(by: InterruptedBy, error: unknown, concernsUpstream = true): Outcome {
    if (by === 'timeout' && concernsUpstream) this.fail(error);
    else this.release();
    return { kind: 'interrupted', error, by };
  }

  /** Finds the guard that would surely refuse an attempt made `delay` milliseconds from now. */
  refuserAfter(delay: number): Guard | undefined {
    const { guard, before } = this;
    return guard?.willRefuseAfter(delay) === true ? guard : before?.refuserAfter(delay);
  }

  /** Hands back the permits that are asked for again after a wait, and names their guards. */
  splitForWait(): WaitingPermits {
    const { kept, askedAgain } = this.before?.splitForWait() ?? NO_PERMITS_HELD;
    const { guard } = this;
    if (guard === undefined) return { kept, askedAgain };
    if (!guard.isAskedAgain) return { kept: new Permit(guard, this.number, kept), askedAgain };
    guard.cancel(this.number);
    return { kept, askedAgain: [...askedAgain, guard] };
  }

  /**
   * Ends the part of the circuit with success and asks that of another key, for an attempt that goes on elsewhere.
   *
   * @throws the refusal of the other circuit
   */
  moveTo(circuits: CircuitFamily, key: string, call: MovingCall): void {
    const { guard } = this;
    if (!(guard instanceof Circuit)) return this.before?.moveTo(circuits, key, call);
    guard.succeed(this.number, this.startedAt);
    this.guard = undefined;
    const next = circuits.forKey(key);
    this.number = next.acquire();
    if (this.number === REFUSED) throw refuse(next, call.lastError, call.figures);
    this.guard = next;
    if (next.isTimed) this.startedAt = call.clock.now();
  }
}

/** The permit of attempts that no guard stands before. */
export const NO_PERMIT = new Permit(undefined, 0, undefined);
