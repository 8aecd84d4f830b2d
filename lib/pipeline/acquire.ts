import type { Bulkhead } from '../strategies/bulkhead/bulkhead.js';
import { REFUSED } from '../strategies/circuit-breaker/circuit-state.js';
import type { RateLimit } from '../strategies/rate-limit/rate-limit.js';
import { announceInterruption } from './notify.js';
import type { Call } from './execution.js';
import type { Outcome, InterruptTarget } from './outcome.js';
import { FREE, Permit } from './guards/permit.js';
import type { PipelineParts } from './pipeline-parts.js';
import { stateFor } from './operation.js';
import { waitInQueue } from './guards/wait-in-queue.js';
import type { EndOfWait, Line } from './guards/wait-in-queue.js';

/** Permission to run, or the outcome of an attempt that may not. */
export type Admission = Permit | Outcome;

/** Asks the guards of an attempt in their order; only where one of them makes the attempt wait it is a promise. */
export function admit(
  call: Call,
  parts: PipelineParts,
  seat: InterruptTarget,
): Admission | Promise<Admission> {
  const { circuits, rateLimits, bulkheads } = parts;
  if (!circuits && !rateLimits && !bulkheads) return FREE;
  const permit = askCircuit(call, parts);
  if (!(permit instanceof Permit) || (!rateLimits && !bulkheads)) return permit;
  try {
    const { task } = call;
    const limit = rateLimits && stateFor(rateLimits, task);
    const bulkhead = bulkheads && stateFor(bulkheads, task);
    return new Guards(call, parts, seat, { permit, limit, bulkhead }).pass();
  } catch (error) {
    permit.release();
    return { kind: 'failed', error };
  }
}

function askCircuit(call: Call, { circuits, tools }: PipelineParts): Admission {
  if (!circuits) return new Permit(undefined, 0);
  const circuit = stateFor(circuits, call.task);
  call.circuit = circuit;
  const permit = circuit.admit();
  if (permit === REFUSED) return { kind: 'refused', error: circuit.refuse(call.lastError) };
  return new Permit(circuit, permit, undefined, circuit.isTimed ? tools.clock.now() : 0);
}

interface Given {
  readonly permit: Permit;
  readonly limit: RateLimit | undefined;
  readonly bulkhead: Bulkhead | undefined;
}

/** The guards behind the circuit, which may make an attempt wait. */
class Guards {
  constructor(
    private readonly call: Call,
    private readonly parts: PipelineParts,
    private readonly seat: InterruptTarget,
    private readonly given: Given,
  ) {}

  pass(): Admission | Promise<Admission> {
    const { limit } = this.given;
    if (!limit) return this.passBulkhead();
    if (limit.take()) return this.passBulkhead();
    const now = this.parts.tools.clock.now();
    if (limit.waitAt(now) > limit.plan.options.maxWait) return this.refuse(limit.refuse(now));
    return this.waitFor(limit, undefined, () => this.passBulkhead());
  }

  private passBulkhead(): Admission | Promise<Admission> {
    const { bulkhead } = this.given;
    if (!bulkhead || bulkhead.enter()) return this.begin();
    if (!bulkhead.hasQueueRoom) return this.refuse(bulkhead.refuse());
    return this.waitFor(bulkhead, bulkhead.plan.options.maxWait, () => this.begin());
  }

  private async waitFor(
    line: Line & (RateLimit | Bulkhead),
    maxWait: number | undefined,
    then: () => Admission | Promise<Admission>,
  ): Promise<Admission> {
    const { call, parts, seat } = this;
    const end = await waitInQueue({ call, seat, tools: parts.tools }, line, maxWait);
    return end === 'turn' ? then() : this.giveUp(line, end);
  }

  private giveUp(line: RateLimit | Bulkhead, end: Exclude<EndOfWait, 'turn'>): Outcome {
    if (end === 'refused') return this.refuse(line.refuse(this.parts.tools.clock.now()));
    announceInterruption(this.call, this.parts, end);
    // whoever runs out of time in a line says nothing of the upstream
    this.given.permit.release();
    return { kind: 'interrupted', error: this.call.errorOf(end) };
  }

  private refuse(error: unknown): Outcome {
    this.given.permit.release();
    return { kind: 'refused', error };
  }

  private begin(): Permit {
    const { permit, bulkhead } = this.given;
    permit.bulkhead = bulkhead;
    // not while it waited
    if (bulkhead?.isAdaptive || permit.circuit?.isTimed) permit.startedAt = this.parts.tools.clock.now();
    return permit;
  }
}
