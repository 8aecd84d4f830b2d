import type { Circuit } from '../strategies/circuit-breaker/circuit.js';
import { REFUSED } from '../strategies/circuit-breaker/circuit-state.js';
import type { Call } from './call.js';
import type { InterruptedBy, Outcome } from './outcome.js';
import type { PipelineParts } from './pipeline-parts.js';

/** What the guards of an attempt have given; it is handed back once, with what became of the attempt. */
export class Permit {
  constructor(
    private circuit: Circuit | undefined,
    private permit: number,
    private startedAt: number,
  ) {}

  /**
   * Ends the present circuit's part of the attempt with success and goes on with that of another key; throws its
   * refusal. Without effect once the attempt is over.
   */
  moveTo(key: string, call: Call, { circuits, tools }: PipelineParts): void {
    if (!this.circuit || !circuits) return;
    this.circuit.succeed(this.permit, this.startedAt);
    this.circuit = undefined;
    const next = (call.circuit = circuits.forKey(key));
    this.permit = next.admit();
    if (this.permit === REFUSED) throw next.refuse(call.lastError);
    this.circuit = next;
    this.startedAt = startOf(next, tools);
  }

  succeed(value: unknown): Outcome {
    this.take()?.succeed(this.permit, this.startedAt);
    return { kind: 'value', value };
  }

  fail(error: unknown): Outcome {
    this.take()?.fail(this.permit, error, this.startedAt);
    return { kind: 'failed', error };
  }

  /** A caller who leaves says nothing of the upstream; a call that ran out of time does. */
  interrupt(by: InterruptedBy, error: unknown): Outcome {
    const circuit = this.take();
    if (by === 'timeout') circuit?.fail(this.permit, error, this.startedAt);
    else circuit?.release(this.permit);
    return { kind: 'interrupted', error };
  }

  private take(): Circuit | undefined {
    const { circuit } = this;
    this.circuit = undefined;
    return circuit;
  }
}

const FREE = new Permit(undefined, 0, 0);

/** Asks the guards of the next attempt: a permit, or the outcome of an attempt that may not run. */
export function admit(call: Call, { circuits, tools }: PipelineParts): Permit | Outcome {
  call.attempt++;
  if (!circuits) return FREE;
  const { task } = call;
  const circuit = task.key === undefined ? circuits.forCall(task.args) : circuits.forKey(task.key);
  call.circuit = circuit;
  const permit = circuit.admit();
  if (permit === REFUSED) return { kind: 'refused', error: circuit.refuse(call.lastError) };
  return new Permit(circuit, permit, startOf(circuit, tools));
}

/** When an attempt begins; asked only where slow calls are judged. */
function startOf({ plan }: Circuit, { clock }: PipelineParts['tools']): number {
  return plan.slowFrom === Infinity ? 0 : clock.now();
}
