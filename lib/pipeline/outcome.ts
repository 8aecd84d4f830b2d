/**
 * Who ended a call, or one of its attempts, before its own end: `unsubscribe` is a consumer of a stream who leaves, and
 * `lost` an attempt that was slower than another one.
 */
export type InterruptedBy = 'caller' | 'timeout' | 'shutdown' | 'unsubscribe' | 'lost';

/** A call that was ended from outside, with what its caller is told. */
export interface Interruption {
  readonly by: InterruptedBy;
  readonly error: unknown;
}

/** Where an interruption arrives: whatever waits or runs in this place sets `onInterrupt`. */
export interface InterruptTarget {
  interruption: Interruption | undefined;
  onInterrupt: ((interruption: Interruption) => void) | undefined;
  /** Told when the attempt, a stream, has yielded its first value. */
  onAnswer?: () => void;
}

/** How an attempt went. */
export type Outcome =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly error: unknown }
  /** A guard refused: the method did not run. */
  | { readonly kind: 'refused'; readonly error: unknown }
  /** Ended from outside; nothing follows. */
  | { readonly kind: 'interrupted'; readonly error: unknown };
