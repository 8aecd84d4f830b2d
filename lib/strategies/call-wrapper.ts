/** A call, as the strategies around it see it. */
export interface WrappedCall {
  readonly self: unknown;
  readonly args: readonly unknown[];
  readonly key?: string | undefined;
  /** The caller's abort. */
  readonly signal?: AbortSignal | undefined;
  /** Set by a strategy that has answered in place of a failed call. */
  usedFallback: boolean;
}

/** A strategy around whole calls, such as a fallback. It runs in the async context of the caller. */
export interface CallWrapper {
  /** Runs the call, or answers in its place. */
  around(call: WrappedCall, run: () => Promise<unknown>): Promise<unknown>;
  /** Answers in place of a stream that has failed; throws the error if it has no answer. */
  recover?(error: unknown, call: WrappedCall): unknown;
}

/** A strategy around the body of each attempt, inside its time limit. */
export interface BodyWrapper {
  /** Runs the body, or answers in its place. */
  around(run: () => unknown): unknown;
}
