import { announce } from '../../events/announce.js';
import type { CircuitPlan } from './circuit-plan.js';
import type { CircuitState } from './circuit-state.js';

/** What events tell of a circuit. */
interface AnnouncedCircuit {
  readonly plan: CircuitPlan;
  readonly name: string;
  readonly state: CircuitState;
  readonly retryAfter: number | undefined;
}

const TYPES = {
  open: 'circuit.opened',
  'forced-open': 'circuit.opened',
  'half-open': 'circuit.half-opened',
  closed: 'circuit.closed',
  disabled: 'circuit.closed',
} as const;

type Type = (typeof TYPES)[CircuitState] | 'circuit.rejected';

function tell(type: Type, { name, plan, retryAfter }: AnnouncedCircuit, details?: object): void {
  const about = { ...(retryAfter !== undefined && { retryAfter }), ...details };
  announce(type, { name, policy: plan.label.policy }, plan.tools, about as never);
}

/** Tells the events that a circuit has changed its state. */
export function announceTransition(circuit: AnnouncedCircuit, from: CircuitState, error: unknown): void {
  const { state: to } = circuit;
  tell(TYPES[to], circuit, { from, to, ...(to === 'open' && error !== undefined && { error }) });
}

/** Tells the events that a circuit has refused a call. */
export function announceRejection(circuit: AnnouncedCircuit): void {
  if (circuit.plan.tools.events.isObserved('circuit.rejected')) tell('circuit.rejected', circuit);
}
