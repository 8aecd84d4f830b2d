import { emitEvent } from '../../events/emit-event.js';
import type { CircuitTransitionCause } from '../../events/resilience-event.js';
import type { CircuitPlan } from './circuit-plan.js';
import type { CircuitState } from './circuit-state.js';
import type { Counts } from './outcome-window.js';

/** A circuit, as far as its events tell of it. */
interface ObservedCircuit {
  readonly plan: CircuitPlan;
  readonly key?: string | undefined;
  readonly state: CircuitState;
  readonly retryAfter: number | undefined;
}

/** A transition, with the counts that decided about it. */
export interface Transition {
  readonly from: CircuitState;
  readonly cause: CircuitTransitionCause;
  readonly failuresInARow: number;
  readonly counts: Counts | undefined;
  readonly error: unknown;
}

const TYPES = {
  open: 'circuit.opened',
  'forced-open': 'circuit.opened',
  'half-open': 'circuit.half-opened',
  closed: 'circuit.closed',
  disabled: 'circuit.closed',
} as const;

const NO_CALLS = { calls: 0, failures: 0, slow: 0 };

const sourceOf = ({ plan, key }: ObservedCircuit) => ({ ...plan.label, key });

/** Emits the event of a transition that has just happened. */
export function emitTransition(circuit: ObservedCircuit, transition: Transition): void {
  const { plan, state: to, retryAfter } = circuit;
  const type = TYPES[to];
  if (!plan.tools.events.isObserved(type)) return;
  const { from, cause, failuresInARow, counts, error } = transition;
  const totals = counts ? plan.window.totals(counts, plan.tools.clock.now()) : NO_CALLS;
  const { calls, failures, slow: slowCalls } = totals;
  emitEvent(type, sourceOf(circuit), plan.tools, {
    from,
    to,
    cause,
    counts: { consecutiveFailures: failuresInARow, calls, failures, slowCalls },
    ...(retryAfter !== undefined && { retryAfter }),
    ...(to === 'open' && error !== undefined && { error }),
  });
}

/** Emits the event of a refused call. */
export function emitRejection(circuit: ObservedCircuit): void {
  const { plan, retryAfter } = circuit;
  if (!plan.tools.events.isObserved('circuit.rejected')) return;
  emitEvent('circuit.rejected', sourceOf(circuit), plan.tools, {
    ...(retryAfter !== undefined && { retryAfter }),
  });
}
