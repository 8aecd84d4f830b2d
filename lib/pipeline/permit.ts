import type { Circuit } from '../strategies/circuit-breaker/circuit.js';
import { REFUSED } from '../strategies/circuit-breaker/circuit-state.js';
import type { Call } from './call.js';
import type { InterruptedBy, Outcome } from './outcome.js';
import type { PipelineParts } from './pipeline-parts.js';

/** What the guards of an attempt have given; it is handed back once, with what became of the attempt. */
export class Permit {
  constructor(
    private readonly circuit: Circuit | undefined,
    private readonly permit: number,
    private readonly startedAt: number,
  ) {}

  succeed(value: unknown): Outcome {
    this.circuit?.succeed(this.permit, this.startedAt);
    return { kind: 'value', value };
  }

  fail(error: unknown): Outcome {
    this.circuit?.fail(this.permit, error, this.startedAt);
    return { kind: 'failed', error };
  }

  /** A caller who leaves says nothing of the upstream; a call that ran out of time does. */
  interrupt(by: InterruptedBy, error: unknown): Outcome {
    if (by === 'timeout') this.circuit?.fail(this.permit, error, this.startedAt);
    else this.circuit?.release(this.permit);
    return { kind: 'interrupted', error };
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
  return new Permit(circuit, permit, circuit.plan.slowFrom === Infinity ? 0 : tools.clock.now());
}
