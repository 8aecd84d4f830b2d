import type { FaultKind } from './chaos/fault.js';
import type { Label } from './label.js';

/** The attempt whose body a strategy stands in front of. */
export interface BodyAttempt {
  /** Number of the attempt, from 1. */
  readonly attempt: number;
  /** True once the caller no longer waits for the attempt. */
  readonly isAborted: boolean;
  /** Sets the one listener to the end of the attempt; the body takes it over. */
  onAbort(listener: (reason: unknown) => void): void;
}

/** The call of an attempt, as events name it. */
export interface InterceptedCall extends Label {
  readonly key?: string | undefined;
  /** The figures of the call's family, where there are any. */
  readonly figures?: { countInjection(kind: FaultKind): void } | undefined;
}

/** The head of an HTTP answer that no server has given. */
export interface HttpAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[]>>;
}

/** The answer in the place of a body: a value, or an error, which over HTTP may be an answer. */
export type BodyAnswer =
  { readonly value: unknown } | { readonly error: unknown; readonly http?: HttpAnswer | undefined };

/** A decision against running a body as if nothing were in front of it. */
export interface Interception {
  /** Resolves with the answer in place of the body; with undefined the body runs, unless the attempt is over by then. */
  run(attempt: BodyAttempt, call: InterceptedCall): Promise<BodyAnswer | undefined>;
  /** Marks an error that has come of the answer. */
  mark(error: unknown): void;
}

/** A strategy in front of the body of each attempt, inside its time limit. */
export interface BodyInterceptor {
  /** Decides about one attempt, synchronously; undefined lets its body run. */
  intercept(): Interception | undefined;
}

/** Finds the interceptor for a pipeline that is known by these names. */
export type InterceptorSource = (names: readonly string[]) => BodyInterceptor | undefined;
