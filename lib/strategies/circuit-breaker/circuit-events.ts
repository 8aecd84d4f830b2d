import { emitEvent } from '../../events/emit-event.js';
import type { CircuitTransitionCause } from '../../events/resilience-event.js';
import type { CircuitConfig } from './circuit-config.js';
import type { CircuitState } from './circuit-state.js';
import type { Counts } from './outcome-window.js';

/** The part of a circuit that its events show. */
interface ObservedCircuit {
  readonly config: CircuitConfig;
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

const EVENT_TYPES = {
  open: 'circuit.opened',
  'forced-open': 'circuit.opened',
  'half-open': 'circuit.half-opened',
  closed: 'circuit.closed',
  disabled: 'circuit.closed',
} as const;

const NO_CALLS = { calls: 0, failures: 0, slow: 0 };

const sourceOf = ({ config, key }: ObservedCircuit) => ({ ...config.label, key });

/** Counts a transition that has just happened, and emits its event. */
export function emitTransition(circuit: ObservedCircuit, transition: Transition): void {
  const { config, state: to } = circuit;
  const { events, transitions } = config.deps;
  transitions?.countTransition(config.label, to, transition.cause);
  const type = EVENT_TYPES[to];
  const isPublished = transitions?.publishesTransitions === true;
  if (!isPublished && !events.isObserved(type)) return;
  const details = detailsOf(circuit, transition);
  const { name, policy } = config.label;
  if (isPublished) transitions.publishTransition({ name, policy, key: circuit.key, ...details });
  emitEvent(type, sourceOf(circuit), config.deps, details);
}

function detailsOf({ config, state: to, retryAfter }: ObservedCircuit, transition: Transition) {
  const { from, cause, failuresInARow, counts, error } = transition;
  const totals = counts ? config.window.totals(counts, config.deps.clock.now()) : NO_CALLS;
  const { calls, failures, slow: slowCalls } = totals;
  return {
    from,
    to,
    cause,
    counts: { consecutiveFailures: failuresInARow, calls, failures, slowCalls },
    ...(retryAfter !== undefined && { retryAfter }),
    ...(to === 'open' && error !== undefined && { error }),
  };
}

/** Emits the event of a refused call. */
export function emitRejection(circuit: ObservedCircuit): void {
  const { config, retryAfter } = circuit;
  if (!config.deps.events.isObserved('circuit.rejected')) return;
  emitEvent('circuit.rejected', sourceOf(circuit), config.deps, {
    ...(retryAfter !== undefined && { retryAfter }),
  });
}
