/** Who ended a call before its own end. */
export type InterruptedBy = 'caller' | 'timeout' | 'shutdown';

/** A call that was ended from outside, with what its caller is told. */
export interface Interruption {
  readonly by: InterruptedBy;
  readonly error: unknown;
}

/** How an attempt went. */
export type Outcome =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly error: unknown }
  /** A guard refused: the method did not run. */
  | { readonly kind: 'refused'; readonly error: unknown }
  /** Ended from outside; nothing follows. */
  | { readonly kind: 'interrupted'; readonly error: unknown };
