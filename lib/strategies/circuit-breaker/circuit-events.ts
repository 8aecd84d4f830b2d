import { labelFields } from '../label.js';
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

function base(circuit: AnnouncedCircuit) {
  const { label, tools } = circuit.plan;
  const { retryAfter } = circuit;
  return {
    ...labelFields(label),
    name: circuit.name,
    at: tools.clock.now(),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  };
}

/** Tells the events that a circuit has changed its state. */
export function announceTransition(circuit: AnnouncedCircuit, from: CircuitState, error: unknown): void {
  const { events } = circuit.plan.tools;
  const type = TYPES[circuit.state];
  if (!events.isObserved(type)) return;
  const failure = circuit.state === 'open' && error !== undefined ? { error } : {};
  events.emit({ type, ...base(circuit), from, to: circuit.state, ...failure });
}

/** Tells the events that a circuit has refused a call. */
export function announceRejection(circuit: AnnouncedCircuit): void {
  const { events } = circuit.plan.tools;
  if (events.isObserved('circuit.rejected')) events.emit({ type: 'circuit.rejected', ...base(circuit) });
}
