import type { AttemptSlot } from './guards/permit.js';

/**
 * The facts that a running attempt may read; a parameter decorated with `@Attempt()` and the function given to
 * `execute` receive it.
 * @public
 */
export interface AttemptContext {
  /** Number of the attempt, from 1. */
  readonly attempt: number;
  /** Aborts on timeout, on the caller's abort and on shutdown. */
  readonly signal: AbortSignal;
  /** Monotonic milliseconds of the application's clock by which the attempt must be over, if it has a limit. */
  readonly deadline?: number;
  /** One UUID per call, the same for all its attempts. */
  readonly idempotencyKey: string;
  /** The error of the attempt before. */
  readonly lastError?: unknown;
}

/** The facts of its call that an attempt needs. */
export interface AttemptSource {
  readonly idempotencyKey: string;
  readonly lastError: unknown;
}

/** A running attempt. The AbortController costs more than the rest; the attempt makes it when its body reads the signal. */
export class Attempt implements AttemptContext {
  declare readonly deadline?: number;
  declare readonly lastError?: unknown;
  /** Ends the present circuit's part of the attempt with success and asks that of another key; throws its refusal. */
  moveTo: ((key: string) => void) | undefined;
  /** @internal Set by a body that may know more of a late attempt than that it is late: makes its error, or undefined. */
  errorOnTimeout: (() => unknown) | undefined = undefined;
  /** The slot in which the attempt runs, where there are slots. */
  slot: AttemptSlot | undefined = undefined;
  private controller: AbortController | undefined;
  private listener: ((reason: unknown) => void) | undefined;
  private aborted: { readonly reason: unknown } | undefined;
  /**
   * @internal False while the attempt works on this side, such as asking for a token: a failure or a timeout says nothing of
   * the upstream then.
   */
  concernsUpstream = true;
  /** @internal Set by the race that waits for the attempt: takes its first value; false if the race no longer wants it. */
  onAnswer: (() => boolean) | undefined = undefined;

  constructor(
    private readonly source: AttemptSource,
    readonly attempt: number,
    deadline: number,
  ) {
    if (deadline !== Infinity) this.deadline = deadline;
    if (source.lastError !== undefined) this.lastError = source.lastError;
  }

  get idempotencyKey(): string {
    return this.source.idempotencyKey;
  }

  get signal(): AbortSignal {
    if (!this.controller) {
      this.controller = new AbortController();
      if (this.aborted) this.controller.abort(this.aborted.reason);
    }
    return this.controller.signal;
  }

  /** Returns the fields for logs, without the machinery. */
  toJSON(): object {
    const { attempt, deadline, idempotencyKey, lastError } = this;
    return { attempt, deadline, idempotencyKey, lastError };
  }

  /** Sets the one listener of a transport, which needs no signal. */
  onAbort(listener: (reason: unknown) => void): void {
    this.listener = listener;
    if (this.aborted) listener(this.aborted.reason);
  }

  /** Reports that a stream has yielded its first value; false if the attempt is over, and its value is not wanted. */
  answer(): boolean {
    return this.onAnswer?.() ?? this.aborted === undefined;
  }

  /** @internal Returns the error of the attempt that has run out of time: the timeout, unless its body knows a better one. */
  lateError(timeout: unknown): unknown {
    return this.errorOnTimeout?.() ?? timeout;
  }

  /** True once the caller no longer waits for the attempt. */
  get isAborted(): boolean {
    return this.aborted !== undefined;
  }

  /** Aborts the attempt: its caller no longer waits for it. */
  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = { reason };
    this.listener?.(reason);
    this.controller?.abort(reason);
  }
}
