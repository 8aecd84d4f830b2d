import type { CircuitTransitionCause, CircuitTransitionCounts } from '../../events/resilience-event.js';
import type { Label } from '../label.js';
import type { CircuitState } from './circuit-state.js';

/** A transition of a circuit, as the channel shows it. */
export interface PublishedTransition {
  readonly name: string;
  readonly policy: string | undefined;
  readonly key: string | undefined;
  readonly from: CircuitState;
  readonly to: CircuitState;
  readonly cause: CircuitTransitionCause;
  readonly counts: CircuitTransitionCounts;
  readonly retryAfter?: number;
  readonly error?: unknown;
}

/** Sees the transitions of all circuits of an application, beside the listeners of events. */
export interface TransitionObserver {
  /** True if it wants to know transitions with their details. */
  readonly publishesTransitions: boolean;
  countTransition(label: Label, to: CircuitState, cause: CircuitTransitionCause): void;
  publishTransition(transition: PublishedTransition): void;
}
