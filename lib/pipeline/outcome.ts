import type { AttemptOutcome } from '../telemetry/figures.js';

/**
 * The actor that ended a call, or one of its attempts, from outside. `unsubscribe` is a consumer that leaves its
 * stream, `lost` an attempt that was slower than another one.
 */
export type InterruptedBy = 'caller' | 'timeout' | 'shutdown' | 'unsubscribe' | 'lost';

/** The end of a call from outside, with the error that its caller gets. */
export interface Interruption {
  readonly by: InterruptedBy;
  readonly error: unknown;
}

/** The place where an interruption arrives: the wait or the attempt of the moment sets `onInterrupt`. */
export interface InterruptTarget {
  interruption: Interruption | undefined;
  onInterrupt: ((interruption: Interruption) => void) | undefined;
  /** Called when the attempt, a stream, has yielded its first value. */
  onAnswer?: () => void;
  /** Called with the number of the attempt that goes on in its place at another destination. */
  onFailover?: (attempt: number) => void;
}

/** The end of an attempt. */
export type Outcome =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly error: unknown }
  /** A guard refused: the method did not run. */
  | { readonly kind: 'refused'; readonly error: unknown }
  /** Ended from outside; nothing follows. */
  | { readonly kind: 'interrupted'; readonly error: unknown; readonly by: InterruptedBy };

/** Names the end of an attempt for figures and observers; one that has run is never refused. */
export function attemptOutcomeOf(outcome: Outcome): AttemptOutcome {
  if (outcome.kind === 'value') return 'success';
  if (outcome.kind !== 'interrupted') return 'failure';
  return outcome.by === 'timeout' ? 'timeout' : 'aborted';
}
