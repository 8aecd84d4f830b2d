import type { Bulkhead } from '../../strategies/bulkhead/bulkhead.js';
import type { Circuit } from '../../strategies/circuit-breaker/circuit.js';
import { REFUSED } from '../../strategies/circuit-breaker/circuit-state.js';
import type { Call } from '../execution.js';
import type { PipelineParts } from '../pipeline-parts.js';
import { read } from '../../policy/error-chain.js';
import type { InterruptedBy, Outcome } from '../outcome.js';

/** What the guards of an attempt have given; it is handed back once, with what became of the attempt. */
export class Permit {
  private hasAnswered = false;

  /** @param startedAt - when the method began to run, where somebody wants to know how long it takes */
  constructor(
    public circuit: Circuit | undefined,
    private permit: number,
    public bulkhead?: Bulkhead,
    public startedAt = 0,
  ) {}

  /** Ends the present circuit's part with success and goes on with that of another key; throws its refusal. */
  moveTo(key: string, call: Call, { circuits, tools }: PipelineParts): void {
    if (!this.circuit || !circuits) return;
    this.circuit.succeed(this.permit, this.startedAt);
    this.circuit = undefined;
    const next = (call.circuit = circuits.forKey(key));
    this.permit = next.admit();
    if (this.permit === REFUSED) throw next.refuse(call.lastError);
    this.circuit = next;
    if (next.plan.slowFrom !== Infinity) this.startedAt = tools.clock.now();
  }

  succeed(value: unknown): Outcome {
    this.succeeded();
    return { kind: 'value', value };
  }

  fail(error: unknown): Outcome {
    this.failed(error);
    return { kind: 'failed', error };
  }

  /** The attempt has succeeded. */
  succeeded(): void {
    const { circuit, hasAnswered } = this;
    if (circuit !== undefined && !hasAnswered) circuit.succeed(this.permit, this.startedAt);
    if (this.bulkhead !== undefined) this.leave(!hasAnswered);
  }

  /** The attempt has failed. */
  failed(error: unknown): void {
    this.circuit?.fail(this.permit, error, this.startedAt);
    // an attempt that fails at once says nothing of how long the upstream takes
    if (this.bulkhead !== undefined) this.leave(read(error, 'code') === 'RESILIENCE_TIMEOUT');
  }

  /** The attempt says nothing of the upstream, or did not run. */
  release(): void {
    this.circuit?.release(this.permit);
    this.leave(false);
  }

  /** A caller who leaves says nothing of the upstream; a call that ran out of time while it ran does. */
  interrupt(by: InterruptedBy, error: unknown): Outcome {
    if (by === 'timeout') this.failed(error);
    else this.release();
    return { kind: 'interrupted', error };
  }

  /** The first value of a stream: it may never end, but a trial has its answer, and it is known whether the call is slow. */
  answered(): void {
    const { circuit } = this;
    if (!circuit) return;
    if (circuit.state === 'closed' && circuit.plan.slowFrom === Infinity) return;
    this.hasAnswered = true;
    circuit.succeed(this.permit, this.startedAt);
  }

  private leave(isTelling: boolean): void {
    const { bulkhead } = this;
    if (bulkhead === undefined) return;
    if (isTelling && bulkhead.isAdaptive) bulkhead.leave(bulkhead.plan.tools.clock.now() - this.startedAt);
    else bulkhead.leave();
  }
}

/** Of an attempt that needs none. */
export const FREE = new Permit(undefined, 0);
