import type { Attempt } from './attempt.js';

/** What a pipeline runs, once per attempt. */
export interface Task {
  readonly run: (attempt: Attempt) => unknown;
  /** The caller's abort. */
  readonly signal?: AbortSignal | undefined;
  /** The arguments of the call, from which a keyed circuit takes its key. */
  readonly args?: readonly unknown[];
  /** The key itself, where the caller knows it; wins over `args`. */
  readonly key?: string | undefined;
  /** False if running it again after this error could do something twice. Default: always true. */
  readonly mayRepeat?: (error: unknown) => boolean;
  /** Milliseconds that the next attempt has to wait before it is made; throws if it is not to be made at all. */
  readonly holdBack?: (timeLeft: number) => number;
}
