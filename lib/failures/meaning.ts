/** Tells whether a failure passes by itself. @public */
export type FailureKind = 'transient' | 'permanent' | 'unknown';

/** Meaning of a failure for a circuit breaker: against the upstream, for it, or neither. @public */
export type CircuitMeaning = 'failure' | 'success' | 'ignore';

/**
 * The meaning of an error, in short: `T` transient; `TI` transient, but the upstream is well (throttled, a lost race, a
 * local shortage); `PS` permanent, and the upstream has answered this request; `PI` permanent, and nothing is known of
 * the upstream; `U` unknown.
 */
export type Meaning = 'T' | 'TI' | 'PS' | 'PI' | 'U';

export const KIND_OF: Readonly<Record<Meaning, FailureKind>> = {
  T: 'transient',
  TI: 'transient',
  PS: 'permanent',
  PI: 'permanent',
  U: 'unknown',
};

export const CIRCUIT_OF: Readonly<Record<Meaning, CircuitMeaning>> = {
  T: 'failure',
  TI: 'ignore',
  PS: 'success',
  PI: 'ignore',
  U: 'failure',
};
