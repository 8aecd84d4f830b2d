import type { Interruption } from '../outcome.js';

/** The execution that a run has become, as the calls see it that wait for the run. */
export interface RunningExecution {
  readonly attempt: number;
  readonly attemptsMade: number;
  readonly lastError: unknown;
}

/** A run that belongs to no single call, as its execution sees it. */
export interface OwnedRun {
  /** The monotonic milliseconds at which the last of the calls that wait for it will have left. */
  readonly deadline: number;
  /** True if it may be given up before its first attempt is over. */
  readonly mayEndEarly: boolean;
  /** Set once it is given up. */
  readonly interruption: Interruption | undefined;
  onInterrupt: ((interruption: Interruption) => void) | undefined;
  execution: RunningExecution | undefined;
}
